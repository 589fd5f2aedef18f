// Copyright (c) 2026 The vpnlb Authors
// SPDX-License-Identifier: EPL-2.0

import { findView, sessionsView } from './clients.js';
import { explainView } from './explain.js';
import { html, nothing, render } from './lit-html.js';
import * as model from './model.js';
import { deviceView, overview } from './overview.js';
import { Poller } from './poller.js';
import { key as rebalanceKey } from './rebalance.js';
import * as restconf from './restconf.js';
import { switchesView } from './switches.js';
import { measure } from './traffic.js';

/** A configuration changes rarely, and is long with many devices: it is read less often than the state. */
const CONFIG_MILLIS = 10_000;
const MOST_CHANGES = 100;

const VIEWS = {
  '': overview,
  service: overview,
  device: deviceView,
  find: findView,
  sessions: sessionsView,
  switches: switchesView,
  explain: explainView,
};
const NAMES = { '': 'Overview', service: 'Overview', find: 'Find a client', sessions: 'Sessions', switches: 'Switches',
  explain: 'Explain' };

/** All that the page knows. One place changes it, and draws anew. */
const store = {
  /** Undefined until the first answer. */
  services: undefined,
  configs: [],
  configsAt: -Infinity,
  /** When what is shown was read. */
  readAt: undefined,
  /** The counters of traffic, as they have risen. */
  counters: new Map(),
  /** Why the last reading failed. */
  trouble: undefined,
  route: { view: '' },
  /** Whether the form of the view has what the address says. */
  filled: false,
  filter: { text: '', health: '', by: 'name', down: false },
  /** The last question of each kind, with its answer. */
  asked: {},
  /** What came of the last change. */
  done: undefined,
  changes: [],
  opened: new Date(),
};

const view = document.getElementById('view');
const said = document.getElementById('said');
const question = document.getElementById('question');

const poller = new Poller(read, (trouble) => {
  if (!(trouble instanceof restconf.Trouble)) {
    console.error(trouble);
  }
  store.trouble = trouble;
  draw();
  // Each further request would make the browser ask for a password again.
  return trouble.kind !== restconf.Kind.LOGIN && trouble.kind !== restconf.Kind.FORBIDDEN;
});

async function read() {
  const isDue = performance.now() - store.configsAt >= CONFIG_MILLIS;
  const [states, configs] = await Promise.all([restconf.readStates(), isDue ? restconf.readServices() : store.configs]);
  if (isDue) {
    store.configs = configs;
    store.configsAt = performance.now();
  }
  const services = model.services(store.configs, states);
  store.counters = measure(store.counters, services, performance.now());
  const news = store.services === undefined ? [] : model.changes(store.services, services);
  const at = new Date();
  store.changes = [...news.map((what) => ({ at, what })), ...store.changes].slice(0, MOST_CHANGES);
  if (store.trouble !== undefined) {
    news.unshift('The controller answers again');
  }
  if (news.length > 0) {
    said.textContent = `${news.slice(0, 5).join('. ')}.`;
  }
  store.services = services;
  store.readAt = at;
  store.trouble = undefined;
  draw();
}

const actions = {
  /** Changes what the table of devices shows. */
  filter(change) {
    store.filter = { ...store.filter, ...change };
    draw();
  },
  filterHealth(health) {
    actions.filter({ health, text: '' });
    document.getElementById('devices').focus();
  },
  /** Asks an RPC with what is in a form. */
  ask(event, rpc) {
    event.preventDefault();
    actions.next(rpc, Object.fromEntries([...new FormData(event.target)].map(([name, value]) => [name, value.trim()])));
  },
  async next(rpc, input, key = rpc) {
    const asked = { input, busy: true };
    store.asked[key] = asked;
    draw();
    Object.assign(asked, await attempt(() => restconf.ask(rpc, numbers(input))), { busy: false });
    draw();
  },
  drain(service, device) {
    change(service, device, 'draining', `Drain ${device.name}?`,
      `It gets no new clients. ${sessionsOf(device)} stay until they end; nobody is cut off.`, 'Drain');
  },
  enable(service, device) {
    change(service, device, 'in-service', `Put ${device.name} in service?`,
      'It gets its share of the slots, and new clients. Clients with a session stay where they are.', 'Put in service');
  },
  takeOut(service, device) {
    change(service, device, 'out-of-service', `Take ${device.name} out of service at once?`,
      `${sessionsOf(device)} end now: these clients have to log in again, at another device. Drain it to spare them.`,
      'Take out of service');
  },
  /** Asks who would move, and moves nobody. */
  planRebalance(event, service) {
    event.preventDefault();
    const { number, unit, ...others } = Object.fromEntries(new FormData(event.target));
    store.done = undefined;
    store.rebalancing = service.name;
    actions.next('rebalance', { service: service.name, [unit]: number.trim(), ...others, 'dry-run': true },
      rebalanceKey(service));
  },
  rebalance(service, input, answer) {
    confirm(`Move ${model.count(answer.moving, 'client')}?`,
      `Each of them has to log in again, at most ${input['per-second'] || 10} a second.`, 'Move', async () => {
        const moved = await restconf.ask('rebalance', numbers({ ...input, 'dry-run': false }));
        delete store.asked[rebalanceKey(service)];
        return `${model.count(moved.moving ?? 0, 'client')} will have moved within ${moved.seconds ?? 0} s.`;
      });
  },
  stopRebalance(service) {
    store.rebalancing = service.name;
    confirm('Stop the rebalance?', 'Nobody else is moved. Who was moved stays there.', 'Stop', async () => {
      const stopped = await restconf.ask('rebalance', { service: service.name, stop: true });
      return `Stopped: ${model.count(stopped.moving ?? 0, 'client')} moved.`;
    });
  },
  clear(form) {
    const input = Object.fromEntries(['service', 'device', 'prefix'].map((name) => [name, form.elements[name].value.trim()]));
    const which = [input.device && `of device ${input.device}`, input.prefix && `of clients in ${input.prefix}`]
      .filter(Boolean).join(' ');
    confirm(`End the sessions ${which} of ${input.service}?`,
      'Clients that are still there get a new session with their next packet. Where that is at another device, they '
      + 'have to log in again.', 'End sessions', async () => {
        const answer = await restconf.ask('clear-sessions', input);
        return `${model.count(answer.cleared ?? 0, 'session')} ended.`;
      });
  },
};

function sessionsOf(device) {
  return `${model.count(device.clientSessions, 'client session')} and ${model.count(device.returnSessions, 'return session')}`;
}

function numbers(input) {
  const leaves = ['in-port', 'ip-protocol', 'destination-port', 'limit', 'clients', 'share', 'per-second'];
  return Object.fromEntries(Object.entries(input)
    .map(([name, value]) => [name, leaves.includes(name) && value !== '' ? Number(value) : value]));
}

async function attempt(what) {
  try {
    return { answer: await what(), trouble: undefined };
  } catch (trouble) {
    if (!(trouble instanceof restconf.Trouble)) {
      throw trouble;
    }
    return { trouble: trouble.message };
  }
}

function change(service, device, state, title, text, label) {
  confirm(title, text, label, async () => {
    await restconf.setAdminState(service.name, device.name, state);
    return `${device.name} is to be ${state}.`;
  });
}

/** Asks back, then does it and tells what came of it. */
function confirm(title, text, label, what) {
  const close = () => question.close();
  render(html`<h2 id="question-title">${title}</h2><p>${text}</p>
    <p class="actions"><button type="button" class="danger" @click=${() => {
      close();
      carryOut(what);
    }}>${label}</button> <button type="button" autofocus @click=${close}>Cancel</button></p>`, question);
  question.showModal();
}

async function carryOut(what) {
  store.done = { busy: true };
  draw();
  store.done = { ...await attempt(what), busy: false };
  store.configsAt = -Infinity;
  poller.retry();
  draw();
}

function draw() {
  drawTrouble();
  document.getElementById('age').textContent = store.readAt === undefined ? '' : `as of ${store.readAt.toLocaleTimeString()}`;
  document.body.classList.toggle('old', store.trouble !== undefined);
  if (store.services === undefined) {
    if (store.trouble !== undefined) {
      render(html`<h1>vpnlb</h1><p>Nothing has been read yet.</p>`, view);
    }
    return;
  }
  render(VIEWS[store.route.view](store, actions), view);
  fill();
  document.title = `${title()} – vpnlb`;
}

function title() {
  const problems = model.problems(store.services).filter((each) => each.bad).length;
  return `${problems === 0 ? '' : `(${problems}) `}${store.route.device ?? NAMES[store.route.view]}`;
}

function drawTrouble() {
  const trouble = store.trouble;
  const old = store.readAt === undefined ? nothing
    : html` What is shown is as old as ${store.readAt.toLocaleTimeString()}.`;
  const advice = {
    [restconf.Kind.LOGIN]: html`<a href="">Load the page anew</a> to log in.`,
    [restconf.Kind.FORBIDDEN]: 'Ask for a user who may read vpnlb.',
    [restconf.Kind.AWAY]: 'The switches go on forwarding without it. The page tries again by itself.',
    [restconf.Kind.BROKEN]: 'See the log of the controller. The page tries again by itself.',
    [restconf.Kind.REFUSED]: 'The page tries again by itself.',
  };
  render(trouble === undefined ? nothing : html`<div class="trouble" role="alert"><p><strong>${trouble.message}</strong>
    ${advice[trouble.kind] ?? nothing}${old}</p></div>`, document.getElementById('trouble'));
}

function follow() {
  const [name = '', ...rest] = location.hash.replace(/^#\/?/, '').split('/').map(decode);
  store.route = { view: Object.hasOwn(VIEWS, name) ? name : '', service: rest[0], device: rest[1] };
  store.done = undefined;
  store.filled = false;
  for (const link of document.querySelectorAll('nav a')) {
    const isHere = link.hash === `#/${store.route.view}`;
    link.toggleAttribute('aria-current', isHere);
    if (isHere) {
      link.setAttribute('aria-current', 'page');
    }
  }
  draw();
}

/** The sessions of a device, when its view led here. */
function fill() {
  const form = view.querySelector('form.ask');
  if (!store.filled && store.route.view === 'sessions' && store.route.service !== undefined && form !== null) {
    form.elements.service.value = store.route.service;
    form.elements.device.value = store.route.device ?? '';
  }
  store.filled = true;
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

document.querySelector('.skip').addEventListener('click', (event) => {
  // The hash is the page's address; a jump to the content must not change it.
  event.preventDefault();
  view.focus();
});
window.addEventListener('hashchange', () => {
  follow();
  view.focus();
  window.scrollTo(0, 0);
});
view.replaceChildren();
render(html`<h1>vpnlb</h1><p>Reading the state …</p>`, view);
follow();
poller.retry();
