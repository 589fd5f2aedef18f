// Copyright (c) 2026 The vpnlb Authors
// SPDX-License-Identifier: EPL-2.0

import { html, nothing } from './lit-html.js';
import * as model from './model.js';
import { badge, bar, moment, outcome, row, scrolling } from './parts.js';
import { rebalanceView } from './rebalance.js';
import { bytes, packets, total } from './traffic.js';

/** More devices than these are drawn as one box for each health: nobody reads 255 boxes. */
const MOST_BOXES = 12;
/** The rest is behind a click, so that the picture stays in sight. */
const MOST_PROBLEMS = 6;

const COLUMNS = [
  ['name', 'Device', ''],
  ['health', 'Health', ''],
  ['since', 'Since', 'wide'],
  ['slots', 'Slots', 'number'],
  ['share', 'Share', 'number wide'],
  ['clientSessions', 'Client sessions', 'number'],
  ['returnSessions', 'Return sessions', 'number wide'],
  ['bytesUp', 'From clients', 'number wide'],
  ['bytesDown', 'From servers', 'number wide'],
  ['reason', 'Reason', 'wide'],
];

/** Problems, then each service as a picture and as a table. */
export function overview(store, actions) {
  if (store.services.length === 0) {
    return html`<h1>Overview</h1>
      <p>No service is configured.</p>
      <p>Configure one by RESTCONF: a PUT to <code>/rests/data/vpnlb:vpn-services</code>. The file
        <code>docs/example-service.json</code> of vpnlb is an example.</p>`;
  }
  const shown = store.services.find((each) => each.name === store.route.service) ?? store.services[0];
  return html`<h1>Overview</h1>
    ${problemList(store)}
    ${store.services.length > 1 ? serviceList(store.services, shown) : nothing}
    ${one(shown, store, actions)}
    ${changeList(store)}`;
}

function problemList(store) {
  const problems = model.problems(store.services);
  return html`<section aria-labelledby="problems"><h2 id="problems">Problems</h2>
    ${problems.length === 0 ? html`<p class="good">None is known.</p>` : problemItems(problems.slice(0, MOST_PROBLEMS))}
    ${problems.length <= MOST_PROBLEMS ? nothing : html`<details>
      <summary>${problems.length - MOST_PROBLEMS} more</summary>${problemItems(problems.slice(MOST_PROBLEMS))}</details>`}
  </section>`;
}

function problemItems(problems) {
  return html`<ul class="problems">${problems.map((each) => html`<li class=${each.bad ? 'bad' : 'note'}>
    <strong>${each.link === undefined ? each.what : html`<a href=${each.link}>${each.what}</a>`}</strong>
    <span>${each.todo}</span></li>`)}</ul>`;
}

function serviceList(services, shown) {
  return html`<section aria-labelledby="services"><h2 id="services">Services</h2><ul class="services">
    ${services.map((each) => html`<li><a href="#/service/${encodeURIComponent(each.name)}"
      aria-current=${each === shown ? 'true' : nothing}>${each.name}</a> ${badge(each.status)}</li>`)}
  </ul></section>`;
}

function one(service, store, actions) {
  const ingress = service.switches.filter((each) => each.roles.includes('ingress'));
  const egress = service.switches.filter((each) => each.roles.includes('egress'));
  const selection = ingress.find((each) => each.selection !== undefined)?.selection;
  return html`<section aria-labelledby="service" class="service">
    <h2 id="service">Service ${service.name} ${badge(service.status)}</h2>
    <dl class="facts">
      ${row(service.addresses.length > 1 ? 'Cluster addresses' : 'Cluster address', service.addresses.join(', '))}
      ${row('Devices', `${service.devices.filter((each) => each.health === 'up').length} of ${service.devices.length} up`)}
      ${row('Selection', selection && `${selection.method}${selection.reason ? ` (${selection.reason})` : ''}`)}
      ${row('Slots', String(service.slots))}
      ${row('Client sessions', sessionMode(service))}
      ${row('From clients', traffic(total(service.devices, 'packetsUp'), total(service.devices, 'bytesUp')))}
      ${row('From servers', traffic(total(service.devices, 'packetsDown'), total(service.devices, 'bytesDown')))}
    </dl>
    <p class="quiet">${model.checks(service.config)}</p>
    ${sandwich(service, ingress, egress, actions)}
    ${deviceTable(service, store, actions)}
    ${rebalanceView(service, store, actions)}
    ${counterTable(service)}
  </section>`;
}

/** Packets and bytes a second; nothing while they are not known. */
function traffic(packetsRate, bytesRate) {
  return bytesRate === undefined ? undefined : `${packets(packetsRate)}, ${bytes(bytesRate)}`;
}

function sessionMode(service) {
  const sessions = service.sessions;
  if (sessions?.mode !== 'pinned') {
    return String(service.clientSessions);
  }
  const waiting = sessions['waiting-slots'] ?? 0;
  return `${service.clientSessions}, of pinned clients only${waiting > 0
    ? `; ${model.count(waiting, 'slot')} wait to move until their clients are learned` : ''}`;
}

function sandwich(service, ingress, egress, actions) {
  const few = service.devices.length <= MOST_BOXES;
  return html`<figure class="sandwich" aria-label="The way of the packets, from the clients to the servers">
    <div class="end"><strong>Clients</strong><span>${model.count(service.clientSessions, 'client session')}</span></div>
    ${switchBoxes(ingress, 'Ingress switch')}
    <ul class="devices">
      ${few ? service.devices.map((device) => deviceBox(service, device))
        : model.byHealth(service.devices).map((group) => groupBox(group, service.slots, actions))}
    </ul>
    ${switchBoxes(egress, 'Egress switch')}
    <div class="end"><strong>Servers</strong><span>${model.count(service.returnSessions, 'return session')}</span></div>
  </figure>`;
}

function switchBoxes(switches, what) {
  return html`<div class="switches">${switches.length === 0 ? html`<div class="switch unknown"><span>${what}</span>
      ${badge('unknown')}</div>` : switches.map((each) => html`<div class="switch ${each.connected ? 'up' : 'down'}">
      <span>${what}</span><strong><a href="#/switches">${each.node}</a></strong>
      ${badge(each.connected ? 'connected' : 'away')}
      ${each.connected && !each.reconciled ? badge('changing') : nothing}</div>`)}</div>`;
}

function deviceBox(service, device) {
  return html`<li class="device ${device.health}">
    <div class="line"><a href=${model.deviceLink(service.name, device.name)}>${device.name}</a> ${badge(device.health)}</div>
    ${bar(device.share)}
    <div class="quiet">${model.count(device.slots, 'slot')} (${model.percent(device.share)}),
      ${model.count(device.clientSessions, 'client session')}</div>
  </li>`;
}

function groupBox(group, slots, actions) {
  const share = slots === 0 ? 0 : group.slots / slots;
  return html`<li class="device ${group.health}">
    <div class="line"><button type="button" class="link" @click=${() => actions.filterHealth(group.health)}>
      ${model.count(group.devices, 'device')}</button> ${badge(group.health)}</div>
    ${bar(share)}
    <div class="quiet">${model.count(group.slots, 'slot')} (${model.percent(share)}),
      ${model.count(group.clientSessions, 'client session')}</div>
  </li>`;
}

function deviceTable(service, store, actions) {
  const filter = store.filter;
  const found = model.select(service.devices, filter);
  return html`<h3 id="devices" tabindex="-1">Devices</h3>
    <form class="filter" role="search" aria-label="Devices" @submit=${(event) => event.preventDefault()}>
      <label>Name, address or reason
        <input type="search" name="text" .value=${filter.text} autocomplete="off"
          @input=${(event) => actions.filter({ text: event.target.value })}></label>
      <label>Health <select name="health" @change=${(event) => actions.filter({ health: event.target.value })}>
        <option value="" ?selected=${filter.health === ''}>all</option>
        ${model.HEALTHS.map((health) => html`<option value=${health} ?selected=${filter.health === health}
          .selected=${filter.health === health}>${health}</option>`)}
      </select></label>
      <p role="status">${found.length} of ${model.count(service.devices.length, 'device')}</p>
    </form>
    ${scrolling(`Devices of ${service.name}`, html`<table class="device-table">
      <caption class="unseen">Devices of ${service.name}</caption>
      <thead><tr>${COLUMNS.map((column) => heading(column, filter, actions))}</tr></thead>
      <tbody>${found.map((device) => html`<tr class=${device.health} data-device=${device.name}>
        <th scope="row"><a href=${model.deviceLink(service.name, device.name)}>${device.name}</a></th>
        <td data-leaf="health">${badge(device.health)}</td>
        <td class="wide">${moment(device.since)}</td>
        <td class="number" data-leaf="slots">${device.slots}</td>
        <td class="number wide">${model.percent(device.share)}</td>
        <td class="number" data-leaf="client-sessions">${device.clientSessions}</td>
        <td class="number wide" data-leaf="return-sessions">${device.returnSessions}</td>
        <td class="number wide" data-rate="from-clients">${bytes(device.bytesUp)}</td>
        <td class="number wide" data-rate="from-servers">${bytes(device.bytesDown)}</td>
        <td class="wide" data-leaf="reason">${device.reason ?? ''}</td>
      </tr>`)}</tbody>
    </table>`)}`;
}

function heading([key, label, classes], filter, actions) {
  const sorted = filter.by === key;
  return html`<th scope="col" class=${classes} aria-sort=${sorted ? (filter.down ? 'descending' : 'ascending') : nothing}>
    <button type="button" class="link" @click=${() => actions.filter({ by: key, down: sorted && !filter.down })}>
      ${label}<span aria-hidden="true">${sorted ? (filter.down ? ' ▼' : ' ▲') : ''}</span></button></th>`;
}

function counterTable(service) {
  const counters = service.counters;
  if (counters === undefined) {
    return nothing;
  }
  const lines = [
    ['sessions created', counters['sessions-created']],
    ['sessions moved to another device', counters['sessions-moved']],
    ['sessions ended after their idle timeout', counters['sessions-expired']],
    ['sessions that vpnlb ended', counters['sessions-purged']],
    ['sessions refused at max-sessions', counters['sessions-rejected']],
    ['frames sent to the controller', counters.punts],
    ...(counters.punted ?? []).filter((each) => Number(each['over-meter'] ?? 0) > 0)
      .map((each) => [`frames over the meter: ${each.reason}`, each['over-meter']]),
    ...(counters.ignored ?? []).map((each) => [`frames that taught nothing: ${each.reason}`, each.punts]),
    ...(counters.dropped ?? []).map((each) => [`frames dropped: ${each.reason}`, each.frames]),
  ];
  return html`<details><summary>Counters</summary><table><caption class="unseen">Counters of ${service.name}</caption>
    <thead><tr><th scope="col">What</th><th scope="col" class="number">Number</th></tr></thead>
    <tbody>${lines.filter(([, number]) => number !== undefined).map(([what, number]) =>
      html`<tr><th scope="row">${what}</th><td class="number">${number}</td></tr>`)}</tbody></table></details>`;
}

function changeList(store) {
  return html`<section aria-labelledby="changes"><h2 id="changes">Changes</h2>
    <p class="quiet">Seen by this page since ${store.opened.toLocaleTimeString()}; what was before is not known here.</p>
    ${store.changes.length === 0 ? html`<p>None.</p>` : html`<ol class="changes">
      ${store.changes.map((each) => html`<li><time datetime=${each.at.toISOString()}>${each.at.toLocaleTimeString()}</time>
        ${each.what}</li>`)}</ol>`}
  </section>`;
}

/** All of a device, and what can be done with it. */
export function deviceView(store, actions) {
  const service = store.services.find((each) => each.name === store.route.service);
  const device = service?.devices.find((each) => each.name === store.route.device);
  if (device === undefined) {
    return html`<h1>Device ${store.route.device}</h1>
      <p>There is no such device${service === undefined ? ` : no service ${store.route.service}` : ''}.
        <a href="#/">To the overview</a></p>`;
  }
  const answer = device.removal;
  return html`<h1>Device ${device.name} ${badge(device.health)}</h1>
    <p>of service <a href="#/service/${encodeURIComponent(service.name)}">${service.name}</a></p>
    <p class="answer"><strong>Can it be taken out now? ${answer.yes ? 'Yes' : 'No'}</strong>, ${answer.why}.</p>
    <p class="actions">
      ${device.adminState === 'in-service' ? html`<button type="button" @click=${() => actions.drain(service, device)}>
        Drain …</button>` : html`<button type="button" @click=${() => actions.enable(service, device)}>
        Put in service …</button>`}
      ${device.adminState === 'out-of-service' ? nothing : html`<button type="button" class="danger"
        @click=${() => actions.takeOut(service, device)}>Take out of service …</button>`}
      <a href="#/sessions/${encodeURIComponent(service.name)}/${encodeURIComponent(device.name)}">Its sessions</a>
    </p>
    ${outcome(store.done, (said) => html`<p class="good" role="status">${said}</p>`)}
    <dl class="facts" data-device=${device.name}>
      ${row('Health', html`<span data-leaf="health">${device.health}</span>`)}
      ${row('Reason', device.reason)}
      ${row('Since', moment(device.since))}
      ${row('Drain', model.drainProgress(device.drain))}
      ${row('Drain ends', device.drain?.deadline === undefined ? undefined
        : `${new Date(device.drain.deadline).toLocaleString()}, by drain-deadline`)}
      ${row('The operator wants', html`<span data-leaf="admin-state">${device.adminState}</span>`)}
      ${row('Slots', html`<span data-leaf="slots">${device.slots}</span> of ${service.slots}
        (${model.percent(device.share)}) ${bar(device.share)}`)}
      ${row('Client sessions', html`<span data-leaf="client-sessions">${device.clientSessions}</span>
        ${device.config?.['max-sessions'] === undefined ? nothing : ` of at most ${device.config['max-sessions']}`}`)}
      ${row('Return sessions', html`<span data-leaf="return-sessions">${device.returnSessions}</span>`)}
      ${row('From clients', rate(device, 'from-clients', device.packetsUp, device.bytesUp))}
      ${row('From servers', rate(device, 'from-servers', device.packetsDown, device.bytesDown))}
      ${row('Checks', model.checks(service.config))}
      ${row('Weight', String(device.config?.weight ?? 1))}
      ${device.config?.backup === true ? row('Backup', 'takes new clients only while no other device does') : nothing}
      ${row('Clients’ side', place(device.config?.ingress))}
      ${row('Servers’ side', place(device.config?.egress))}
    </dl>
    ${checkTable(device)}`;
}

/** How much goes to a device: now, and since the controller was first told. */
function rate(device, direction, packetsRate, bytesRate) {
  const sent = device.sent?.[direction];
  return sent === undefined ? undefined : html`<span data-rate=${direction}>${traffic(packetsRate, bytesRate)
    ?? 'not known yet'}</span> <span class="quiet">(${model.count(Number(sent.packets), 'packet')} in all)</span>`;
}

function checkTable(device) {
  return device.checks.length === 0 ? nothing : html`<h2 id="checks">What its checks tell</h2>
    ${scrolling('Checks', html`<table class="checks"><caption class="unseen">Checks of ${device.name}</caption>
      <thead><tr><th scope="col">Check</th><th scope="col">Side</th><th scope="col">Health</th>
        <th scope="col">Reason</th></tr></thead>
      <tbody>${device.checks.map((check) => html`<tr data-check="${check.name} ${check.side}"><th scope="row">${check.name}</th>
        <td>${check.side === 'ingress' ? 'clients’' : 'servers’'}</td><td>${badge(check.health)}</td>
        <td>${check.reason ?? ''}</td></tr>`)}</tbody></table>`)}`;
}

function place(attachment) {
  return attachment === undefined ? undefined
    : [attachment.node, attachment['port-name'] === undefined ? `port ${attachment.port}` : `port ${attachment['port-name']}`,
      attachment.mac, attachment.address].filter((each) => each !== undefined).join(', ');
}
