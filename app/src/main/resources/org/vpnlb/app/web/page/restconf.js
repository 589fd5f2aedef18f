// Copyright (c) 2026 The vpnlb Authors
// SPDX-License-Identifier: EPL-2.0

/** RESTCONF as the page speaks it: of the page's own origin, with the login that the browser has. */

const SERVICES = '/rests/data/vpnlb:vpn-services';
const STATE = '/rests/data/vpnlb:vpn-services-state?content=nonconfig';
const OPERATIONS = '/rests/operations/vpnlb:';
const JSON_TYPE = 'application/yang-data+json';
const READ_MILLIS = 10_000;
/** check-switch reads all entries of a switch, and answers within 20 s. */
const ASK_MILLIS = 30_000;

/** What keeps an answer away. */
export const Kind = Object.freeze({
  /** Nobody is logged in, or not with these rights. */
  LOGIN: 'login',
  FORBIDDEN: 'forbidden',
  /** There is no such data: nothing is configured. */
  EMPTY: 'empty',
  /** The request was understood and refused; the message says why. */
  REFUSED: 'refused',
  /** The controller has an error of its own. */
  BROKEN: 'broken',
  /** The controller does not answer. */
  AWAY: 'away',
});

/** An answer that did not come, or is none. */
export class Trouble extends Error {
  /** @param {string} kind one of Kind @param {string} message a sentence for the operator */
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

/** The configured services, or an empty list. */
export async function readServices() {
  return list(await readOrNothing(`${SERVICES}?content=config`), 'vpnlb:vpn-services');
}

/** The states of the services, or an empty list. */
export async function readStates() {
  return list(await readOrNothing(STATE), 'vpnlb:vpn-services-state');
}

/** The output of an RPC of vpnlb. */
export async function ask(name, input) {
  const given = Object.entries(input).filter(([, value]) => value !== '' && value !== undefined);
  const body = { 'vpnlb:input': Object.fromEntries(given) };
  const answer = await request('POST', OPERATIONS + name, body, ASK_MILLIS);
  return answer?.['vpnlb:output'] ?? {};
}

/** Sets the admin-state of a device, and nothing else. */
export async function setAdminState(service, device, state) {
  const path = `${SERVICES}/vpn-service=${encodeURIComponent(service)}/vpn-device=${encodeURIComponent(device)}`;
  const body = { 'vpnlb:vpn-device': [{ name: device, 'admin-state': state }] };
  await request('PATCH', path, body, ASK_MILLIS);
}

function list(answer, container) {
  return answer?.[container]?.['vpn-service'] ?? [];
}

async function readOrNothing(path) {
  try {
    return await request('GET', path, undefined, READ_MILLIS);
  } catch (trouble) {
    if (trouble.kind === Kind.EMPTY) {
      return undefined;
    }
    throw trouble;
  }
}

async function request(method, path, body, millis) {
  const headers = { Accept: JSON_TYPE };
  if (body !== undefined) {
    headers['Content-Type'] = JSON_TYPE;
  }
  let response;
  let text;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: 'no-store',
      credentials: 'same-origin',
      redirect: 'error',
      signal: AbortSignal.timeout(millis),
    });
    text = await response.text();
  } catch (cause) {
    throw new Trouble(Kind.AWAY, cause.name === 'TimeoutError'
      ? `The controller did not answer within ${millis / 1000} s.`
      : 'The controller does not answer.');
  }
  const answer = parse(text);
  if (!response.ok) {
    throw trouble(response.status, answer?.['ietf-restconf:errors']?.error?.[0] ?? answer?.errors?.error?.[0]);
  }
  if (text !== '' && answer === undefined) {
    throw new Trouble(Kind.BROKEN, 'The controller answers something that is not RESTCONF.');
  }
  return answer;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function trouble(status, error) {
  const message = error?.['error-message'] ?? '';
  const tag = error?.['error-tag'] ?? '';
  if (status === 401) {
    return new Trouble(Kind.LOGIN, 'You are not logged in.');
  }
  if (status === 403) {
    return new Trouble(Kind.FORBIDDEN, 'This user may not do that.');
  }
  if (status === 404 || tag === 'data-missing') {
    return new Trouble(Kind.EMPTY, message || 'There is no such thing.');
  }
  if (tag === 'in-use') {
    return new Trouble(Kind.REFUSED, 'Another change is under way. Try again in a few seconds.');
  }
  if (status < 500) {
    return new Trouble(Kind.REFUSED, message || `The controller refuses it (status ${status}).`);
  }
  return new Trouble(Kind.BROKEN, `The controller has an error (status ${status})${message ? `: ${message}` : '.'}`);
}
