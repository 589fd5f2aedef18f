// Copyright (c) 2026 The vpnlb Authors
// SPDX-License-Identifier: EPL-2.0

import { html, nothing } from './lit-html.js';
import { allSwitches } from './model.js';
import { badge, choice, field, outcome } from './parts.js';

const PROTOCOLS = [['17', 'UDP'], ['6', 'TCP'], ['50', 'ESP'], ['51', 'AH'], ['1', 'ICMP']];
const TABLES = [['desired', 'as it should hold them'], ['held', 'as it holds them now']];

/** What does a switch do with this packet, and what is this flow entry? */
export function explainView(store, actions) {
  const nodes = allSwitches(store.services).map(({ node }) => [node, node]);
  if (nodes.length === 0) {
    return html`<h1>Explain</h1><p>No service has a switch.</p>`;
  }
  return html`<h1>Explain</h1>
    <section aria-labelledby="packet"><h2 id="packet">What does the switch do with a packet?</h2>
      <p>No packet is sent.</p>
      <form class="ask" @submit=${(event) => actions.ask(event, 'explain-packet')}>
        ${choice('Switch', 'node', nodes)}
        ${field('Comes in at port', 'in-port', { required: true, type: 'number', min: 1, size: 6 })}
        ${field('From address', 'source-address', { required: true, example: '192.0.2.1' })}
        ${field('To address', 'destination-address', { required: true, list: 'addresses' })}
        ${choice('Protocol', 'ip-protocol', PROTOCOLS)}
        ${field('To UDP or TCP port', 'destination-port', { type: 'number', min: 0, size: 6, example: '4500' })}
        ${choice('By the tables', 'tables', TABLES)}
        ${field('As if its session were with device', 'as-if-session', { size: 10 })}
        ${field('As if new, and for device', 'as-if-selected', { size: 10 })}
        <datalist id="addresses">${store.services.flatMap((each) => each.addresses)
    .map((each) => html`<option value=${each}></option>`)}</datalist>
        <button>Explain</button>
      </form>
      ${outcome(store.asked['explain-packet'], ways)}
    </section>
    <section aria-labelledby="entry"><h2 id="entry">What is this flow entry?</h2>
      <form class="ask" @submit=${(event) => actions.ask(event, 'explain-entry')}>
        ${choice('Switch', 'node', nodes)}
        <label class="long">A line of ovs-ofctl dump-flows, or a cookie
          <textarea name="entry" rows="3" required spellcheck="false"></textarea></label>
        <button>Explain</button>
      </form>
      ${outcome(store.asked['explain-entry'], (answer) => html`<p role="status">${answer.ours
        ? html`It is vpnlb’s: <strong>${answer.text}</strong>.` : html`It is not vpnlb’s. ${answer.text ?? ''}`}</p>`)}
    </section>`;
}

function ways(answer) {
  const branches = answer.branch ?? [];
  return html`<p role="status">${branches.length === 1 ? 'There is one way.' : `There are ${branches.length} ways.`}</p>
    ${branches.map((branch, number) => html`<section class="way" aria-labelledby="way-${number}">
      <h3 id="way-${number}">${branches.length === 1 ? 'The way' : `Way ${number + 1}: ${branch.choice ?? ''}`}
        ${badge(branch.outcome)}</h3>
      ${branch.sure === false ? html`<p class="bad">OpenFlow leaves open what a switch does here.</p>` : nothing}
      <ol class="steps">${(branch.step ?? []).map((step) => html`<li><span class="kind">${step.kind}</span>
        ${step.text}
        ${step.entry === undefined ? nothing : html`<details><summary>entry</summary><code>${step.entry}</code></details>`}
      </li>`)}</ol>
    </section>`)}`;
}
