// Copyright (c) 2026 The vpnlb Authors
// SPDX-License-Identifier: EPL-2.0

import { html, nothing } from './lit-html.js';
import { count, deviceLink } from './model.js';
import { badge, choice, field, moment, outcome, row, scrolling } from './parts.js';

/** Where is this client, and why there? */
export function findView(store, actions) {
  return html`<h1>Find a client</h1>
    <p>By its address outside of the tunnel, as the uplinks see it, or inside, as the servers see it.</p>
    <form class="ask" @submit=${(event) => actions.ask(event, 'find-client')}>
      ${field('Address', 'address', { required: true, example: '192.0.2.1' })}
      <button>Find</button>
    </form>
    ${outcome(store.asked['find-client'], (answer) => places(answer.place ?? [], store.asked['find-client'].input.address))}`;
}

function places(found, address) {
  if (found.length === 0) {
    return html`<p role="status">No service has to do with ${address}.</p>`;
  }
  return html`<section aria-labelledby="places"><h2 id="places">${address}</h2><ul class="places">
    ${found.map((place) => html`<li>
      <p><strong>${sentence(place)}</strong></p>
      ${place.connected === false ? html`<p class="bad">${place.node} is not connected: this is as old as that.</p>` : nothing}
      <dl class="facts">
        ${row('Why', place.why)}
        ${row('Service', place.service)}
        ${row('Device', place.device && html`<a href=${deviceLink(place.service, place.device)}>${place.device}</a>`)}
        ${row('Since', place.since && html`${moment(place.since)} <span class="quiet">at least</span>`)}
        ${row('Slot', place.slot === undefined ? undefined : `${place.slot}, of ${place['slot-device'] ?? 'no device'}`)}
        ${row('Pinned', place.pinned ? 'yes: it stays, since it was there before its slot moved' : undefined)}
      </dl>${history(place.before ?? [])}</li>`)}
  </ul></section>`;
}

/** Where it was before, the last first. */
function history(before) {
  return before.length === 0 ? nothing : html`<p>Before:</p><ul class="history">${before.map((stay) => html`<li>
    ${stay.device}, until ${moment(stay.until)}: ${stay.why}
    ${stay.since === undefined ? nothing : html`<span class="quiet">(there since ${new Date(stay.since).toLocaleString()})</span>`}
  </li>`)}</ul>`;
}

function sentence(place) {
  const side = place.side === 'ingress' ? 'What this client sends goes' : 'What servers send to this client goes';
  if (place.device === undefined) {
    return `${place.side === 'ingress' ? 'Clients’ side' : 'Servers’ side'} of ${place.service}: ${place.why ?? 'nothing is known'}.`;
  }
  return place.basis === 'session' ? `${side} to ${place.device}, by a session in ${place.node}.`
    : place.basis === 'given' ? `${side} to ${place.device}: the address is in its client-prefix.`
    : `${side.replace(' goes', ' would go')} to ${place.device}: it has no session in ${place.node} now.`;
}

/** Sessions in pages, on demand: 100,000 of them cost nothing until somebody asks. */
export function sessionsView(store, actions) {
  const asked = store.asked['list-sessions'];
  const services = store.services.map((each) => [each.name, each.name]);
  return html`<h1>Sessions</h1>
    <p>Pages are in the order of the clients’ addresses. Nothing is read before you ask.</p>
    <form class="ask" @submit=${(event) => actions.ask(event, 'list-sessions')}>
      ${choice('Service', 'service', services)}
      ${choice('Side', 'side', [['ingress', 'client sessions'], ['egress', 'return sessions']])}
      ${field('Device', 'device', { size: 10 })}
      ${field('Prefix or address', 'prefix', { example: '192.0.2.0/24' })}
      <input type="hidden" name="limit" value="100">
      <button>List</button>
      <button type="button" class="danger" @click=${(event) => actions.clear(event.target.form)}>End sessions …</button>
    </form>
    ${outcome(store.done, (said) => html`<p class="good" role="status">${said}</p>`)}
    ${outcome(asked, (answer) => page(answer, asked, actions))}`;
}

function client(session) {
  const address = session['client-address'];
  const port = session['client-port'];
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function page(answer, asked, actions) {
  const sessions = answer.session ?? [];
  const next = answer['next-marker'];
  return html`<p role="status">${count(sessions.length, 'session')} on this page${next === undefined
    ? ', the last one.' : '; there are more.'}</p>
    ${sessions.length === 0 ? nothing : scrolling('Sessions', html`<table><caption class="unseen">Sessions</caption>
      <thead><tr><th scope="col">Client</th><th scope="col">Device</th><th scope="col" class="wide">Switch</th>
        <th scope="col" class="wide">Since</th><th scope="col">Held</th></tr></thead>
      <tbody>${sessions.map((each) => html`<tr><th scope="row">${client(each)}</th><td>${each.device}</td>
        <td class="wide">${each.node}</td><td class="wide">${moment(each.since)}</td>
        <td>${each.held === false ? badge('lost') : 'yes'}</td></tr>`)}</tbody></table>`)}
    ${next === undefined ? nothing : html`<button type="button"
      @click=${() => actions.next('list-sessions', { ...asked.input, marker: next })}>Next page</button>`}`;
}
