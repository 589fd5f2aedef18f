// Copyright (c) 2026 The vpnlb Authors
// SPDX-License-Identifier: EPL-2.0

import { html, nothing } from './lit-html.js';
import { allSwitches, count } from './model.js';
import { badge, moment, outcome, row, scrolling } from './parts.js';

/** The switches, and whether they hold what they should. */
export function switchesView(store, actions) {
  const switches = allSwitches(store.services);
  return html`<h1>Switches</h1>
    ${switches.length === 0 ? html`<p>No service has a switch.</p>` : switches.map((each) => one(each, store, actions))}`;
}

function one({ node, entries }, store, actions) {
  const first = entries[0];
  const key = `check-switch ${node}`;
  return html`<section class="switch-card" aria-labelledby=${node} data-switch=${node}>
    <h2 id=${node}>${node} ${badge(first.connected ? 'connected' : 'away')}</h2>
    ${first.connected ? nothing : html`<p class="bad">All numbers below are as old as the end of its connection:
      ${first.disconnectedSince === undefined ? 'it has not been connected since the controller started'
        : moment(first.disconnectedSince)}. It goes on forwarding by what it holds.</p>`}
    ${scrolling(`What ${node} holds`, html`<table><caption class="unseen">What ${node} holds for each service</caption>
      <thead><tr><th scope="col">Service</th><th scope="col">Role</th><th scope="col">Holds all</th>
        <th scope="col" class="number">Change wanted</th><th scope="col" class="number">confirmed</th>
        <th scope="col" class="number wide">Flow entries</th><th scope="col" class="number wide">Groups</th>
        <th scope="col" class="wide">Selection</th><th scope="col" class="wide">Learned by</th></tr></thead>
      <tbody>${entries.map((each) => html`<tr><th scope="row">${each.service}</th><td>${each.roles.join(', ')}</td>
        <td data-leaf="reconciled">${each.reconciled ? 'yes' : 'not yet'}</td>
        <td class="number" data-leaf="wanted">${each.wanted ?? ''}</td>
        <td class="number" data-leaf="confirmed">${each.confirmed ?? ''}</td>
        <td class="number wide" data-leaf="flows">${each.flows ?? ''}</td>
        <td class="number wide" data-leaf="groups">${each.groups ?? ''}</td>
        <td class="wide">${each.selection?.method ?? ''}</td><td class="wide">${each.learning ?? ''}</td></tr>`)}
      </tbody></table>`)}
    ${entries.map((each) => (each.selection?.reason === undefined ? nothing
      : html`<p class="quiet">Selection for ${each.service}: ${each.selection.method}, since ${each.selection.reason}.</p>`))}
    <p><button type="button" @click=${() => actions.next('check-switch', { node }, key)}>Check ${node}</button>
      <span class="quiet">reads all its entries, and changes nothing</span></p>
    ${outcome(store.asked[key], checked)}
  </section>`;
}

function checked(answer) {
  const differences = answer.difference ?? [];
  return html`<p role="status" class=${answer.consistent ? 'good' : 'bad'}>It holds ${answer.flows ?? 0} flow entries and ${answer.groups ?? 0} groups of vpnlb; ${answer.consistent ? 'nothing differs'
        : `${count(answer.differences ?? 0, 'difference')}, which the audit repairs within some 10 seconds`}.</p>
    ${answer.quiet === false ? html`<p>Changes are on their way to the switch: ask again.</p>` : nothing}
    ${answer['groups-compared'] === false ? html`<p>What its groups do was not compared.</p>` : nothing}
    ${differences.length === 0 ? nothing : html`<ul class="differences">${differences.map((each) => html`<li>
      <strong>${each.kind}</strong><dl>${row('Wanted', each.wanted && html`<code>${each.wanted}</code>`)}
        ${row('Held', each.held && html`<code>${each.held}</code>`)}</dl></li>`)}</ul>`}`;
}
