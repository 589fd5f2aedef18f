// Copyright (c) 2026 The vpnlb Authors
// SPDX-License-Identifier: EPL-2.0

import { html, nothing } from './lit-html.js';
import { count } from './model.js';
import { bar, choice, field, moment, outcome, scrolling } from './parts.js';

/** How many of what. */
const UNITS = [['share', '% of the pinned clients'], ['clients', 'clients']];

/** After an outage: which clients are moved to the devices of their slots, shown before it is done. */
export function rebalanceView(service, store, actions) {
  const far = service.rebalance;
  const id = `rebalance-${service.name}`;
  const runs = far !== undefined && far.finished === undefined;
  return html`<section class="rebalance" aria-labelledby=${id}><h3 id=${id}>After an outage</h3>
    ${far === undefined ? nothing : progress(service, far, runs, actions)}
    ${runs ? nothing : html`<details><summary>Move clients to the devices of their slots</summary>
      <p>Clients stay where they logged in while their own device was down. A client that is moved has to log in again.
        Nobody is moved before you have seen who.</p>
      <form class="ask" @submit=${(event) => actions.planRebalance(event, service)}>
        ${field('How many', 'number', { required: true, type: 'number', min: 1, size: 6, example: '20' })}
        ${choice('Of what', 'unit', UNITS)}
        ${field('At most a second', 'per-second', { type: 'number', min: 1, size: 6, example: '10' })}
        ${field('Only those at device', 'device', { size: 10 })}
        <button>Show who would move</button>
      </form>
      ${outcome(store.asked[key(service)], (answer) => plan(service, answer, store.asked[key(service)].input, actions))}
    </details>`}
    ${store.rebalancing === service.name
    ? outcome(store.done, (said) => html`<p class="good" role="status">${said}</p>`) : nothing}
  </section>`;
}

/** Where the answer to the last question about a service is. */
export function key(service) {
  return `rebalance ${service.name}`;
}

function progress(service, far, runs, actions) {
  const moved = `${far.moved ?? 0} of ${count(far.clients ?? 0, 'client')} moved`;
  if (!runs) {
    return html`<p data-leaf="rebalance">The last rebalance: ${moved}${far.stopped ? ', then stopped' : ''},
      finished ${moment(far.finished)}.</p>`;
  }
  const looked = far['looked-at'] ?? 0;
  return html`<p data-leaf="rebalance" role="status">A rebalance runs: ${moved}, ${looked} looked at, at most
      ${far['per-second']} a second.</p>
    ${bar(far.clients > 0 ? looked / far.clients : 1)}
    <p><button type="button" class="danger" @click=${() => actions.stopRebalance(service)}>Stop …</button></p>`;
}

function plan(service, answer, input, actions) {
  const moving = answer.moving ?? 0;
  if (moving === 0) {
    return html`<p role="status">Nobody would move: no client of a connected switch is pinned.</p>${away(answer)}`;
  }
  return html`<p role="status">${moving} of ${count(answer.pinned ?? 0, 'pinned client')} would move within
      ${answer.seconds} s.</p>
    ${scrolling('Who would move', html`<table class="moves"><caption class="unseen">Who would move</caption>
      <thead><tr><th scope="col">From</th><th scope="col">To</th><th scope="col" class="number">Clients</th></tr></thead>
      <tbody>${(answer.move ?? []).map((move) => html`<tr><td>${move.from}</td><td>${move.to}</td>
        <td class="number">${move.clients}</td></tr>`)}</tbody></table>`)}
    ${away(answer)}
    <p><button type="button" class="danger" @click=${() => actions.rebalance(service, input, answer)}>
      Move ${count(moving, 'client')} …</button></p>`;
}

function away(answer) {
  return (answer['disconnected-switch'] ?? [])
    .map((node) => html`<p class="bad">${node} is not connected: its clients stay.</p>`);
}
