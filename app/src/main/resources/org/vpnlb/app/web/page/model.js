// Copyright (c) 2026 The vpnlb Authors
// SPDX-License-Identifier: EPL-2.0

/** What RESTCONF tells, put together for the views. Pure: no document, no clock. */

/** What to do about something that is no fault. */
const PATIENCE = 'This ends by itself.';

/** g2 before g10. */
const ORDER = new Intl.Collator('en', { numeric: true });

export const HEALTHS = Object.freeze(['up', 'down', 'draining', 'disabled', 'unknown']);

/**
 * The services by name, configuration and state in one.
 *
 * @param {object[]} configs the list vpn-service of the configuration
 * @param {object[]} states the list vpn-service of the state
 */
export function services(configs, states) {
  const names = [...new Set([...configs, ...states].map((each) => each.name))].sort(byName);
  return names.map((name) => service(name, find(configs, name), find(states, name)));
}

function service(name, config, state) {
  const stateDevices = state?.['vpn-device'] ?? [];
  const total = sum(stateDevices, 'slots');
  const deviceNames = [...new Set([...(config?.['vpn-device'] ?? []), ...stateDevices].map((each) => each.name))];
  return {
    name,
    config,
    state,
    status: state?.['oper-status'] ?? 'unknown',
    reason: state?.reason,
    addresses: [config?.['cluster-address'] ?? [], config?.['additional-cluster-address'] ?? []].flat(),
    slots: total,
    clientSessions: sum(stateDevices, 'client-sessions'),
    returnSessions: sum(stateDevices, 'return-sessions'),
    devices: deviceNames.sort(byName).map((device) =>
      withShare(device, find(config?.['vpn-device'] ?? [], device), find(stateDevices, device), total)),
    switches: (state?.switch ?? []).map(switchOf),
    sessions: state?.sessions,
    counters: state?.counters,
    rebalance: state?.rebalance,
  };
}

function withShare(name, config, state, total) {
  const slots = state?.slots ?? 0;
  return {
    name,
    config,
    adminState: state?.['admin-state'] ?? config?.['admin-state'] ?? 'in-service',
    health: state?.health ?? 'unknown',
    since: state?.since,
    reason: state?.reason,
    slots,
    share: total === 0 ? 0 : slots / total,
    clientSessions: state?.['client-sessions'] ?? 0,
    returnSessions: state?.['return-sessions'] ?? 0,
    removal: {
      yes: state?.['safe-to-remove'] === true,
      why: state?.['safe-to-remove-reason'] ?? 'nothing is known of it yet',
    },
    drain: state?.drain,
    /** What was sent to it, counted by the switches. */
    sent: state,
    checks: state?.check ?? [],
  };
}

function switchOf(state) {
  return {
    node: state.node,
    roles: state.role ?? [],
    connected: state.connected === true,
    disconnectedSince: state['disconnected-since'],
    reconciled: state.reconciled === true,
    // RFC 7951, section 6.1: 64-bit numbers are strings.
    wanted: state.generation?.wanted,
    confirmed: state.generation?.confirmed,
    learning: state.learning,
    selection: state.selection,
    flows: state.flows,
    groups: state.groups,
  };
}

/** The switches of all services, each with what each service tells of it. */
export function allSwitches(all) {
  const nodes = new Map();
  for (const each of all) {
    for (const entry of each.switches) {
      if (!nodes.has(entry.node)) {
        nodes.set(entry.node, []);
      }
      nodes.get(entry.node).push({ service: each.name, ...entry });
    }
  }
  return [...nodes].sort(([a], [b]) => byText(a, b)).map(([node, entries]) => ({ node, entries }));
}

/** The number of devices of each health that there is, with their slots and sessions. */
export function byHealth(devices) {
  return HEALTHS.map((health) => {
    const those = devices.filter((device) => device.health === health);
    return {
      health,
      devices: those.length,
      slots: those.reduce((total, device) => total + device.slots, 0),
      clientSessions: those.reduce((total, device) => total + device.clientSessions, 0),
    };
  }).filter((group) => group.devices > 0);
}

/** The devices that a filter leaves, in the order wanted. */
export function select(devices, filter) {
  const text = filter.text.trim().toLowerCase();
  const found = devices.filter((device) =>
    (filter.health === '' || device.health === filter.health)
    && (text === '' || [device.name, device.reason ?? '', device.config?.ingress?.address ?? '',
      device.config?.egress?.address ?? ''].some((each) => each.toLowerCase().includes(text))));
  const direction = filter.down ? -1 : 1;
  const key = filter.by;
  return found.sort((a, b) => direction * compare(a[key], b[key]) || byName(a, b));
}

/**
 * What the operator should look at, the worst first.
 *
 * @returns {{bad: boolean, what: string, todo: string, link?: string}[]}
 */
export function problems(all) {
  const found = all.flatMap(problemsOf);
  return [...found.filter((each) => each.bad), ...found.filter((each) => !each.bad)];
}

function problemsOf(each) {
  const found = [];
  const add = (bad, what, todo, link) => found.push({ bad, what, todo, link });
  if (each.state === undefined) {
    add(false, `Service ${each.name} is configured, and vpnlb tells no state of it yet.`,
      'If this lasts longer than some seconds, look into the log of the controller.');
    return found;
  }
  if (each.status === 'down') {
    add(true, `Service ${each.name} is down${each.reason ? `: ${each.reason}` : ''}.`,
      'New clients are not served. Begin with what is listed below.');
  }
  const usable = each.devices.filter((device) => device.slots > 0);
  if (usable.length === 1 && each.devices.length > 1) {
    add(true, `All clients of ${each.name} are at ${usable[0].name}.`,
      'When it goes down, nobody is served. Bring another device back.', deviceLink(each.name, usable[0].name));
  }
  each.switches.forEach((entry) => switchProblem(each, entry, add));
  each.devices.forEach((device) => deviceProblem(each, device, add));
  for (const reason of (each.reason ?? '').split('; ').filter(isOfItsOwn)) {
    const todo = advice(reason);
    add(todo !== PATIENCE, `${each.name}: ${reason}.`, todo);
  }
  if (Number(each.counters?.['sessions-rejected'] ?? 0) > 0) {
    add(false, `${each.name} has refused ${each.counters['sessions-rejected']} sessions, since max-sessions was reached.`,
      'Raise max-sessions if the switch has room for more entries.');
  }
  return found;
}

function switchProblem(each, entry, add) {
  if (!entry.connected) {
    add(true, `${entry.node} (${entry.roles.join(' and ')} of ${each.name}) is not connected.`,
      'It goes on forwarding by what it holds. See that it runs, that it reaches this controller, and that its '
      + 'datapath id is the one that is configured.', '#/switches');
  } else if (!entry.reconciled) {
    add(false, `${entry.node} has not confirmed all that it should hold for ${each.name}.`,
      'This is over within seconds after a change. If not, check the switch.', '#/switches');
  }
}

function deviceProblem(each, device, add) {
  const link = deviceLink(each.name, device.name);
  if (device.health === 'down') {
    add(true, `${device.name} of ${each.name} is down${device.reason ? `: ${device.reason}` : ''}.`,
      deviceAdvice(device.reason ?? ''), link);
  } else if (device.health === 'draining') {
    const far = device.removal.yes ? undefined : drainProgress(device.drain);
    add(false, `${device.name} of ${each.name}: ${device.removal.why}${far === undefined ? '' : ` (${far})`}.`,
      device.removal.yes ? 'It can be taken out.' : 'It can be taken out when its drain is finished.', link);
  }
}

/** How far a drain is, in a few words; undefined where nothing is known of that yet. */
export function drainProgress(drain) {
  if (drain?.['sessions-at-begin'] === undefined) {
    return undefined;
  }
  const soon = drain['empty-in'] === undefined ? '' : `, empty in about ${duration(drain['empty-in'])}`;
  return `${drain['sessions-left']} of ${count(drain['sessions-at-begin'], 'session')} left, ${drain['ended-last-minute']} `
    + `ended in the last minute${soon}`;
}

function deviceAdvice(reason) {
  const moved = 'Its clients are at the other devices.';
  if (/no port named/.test(reason)) {
    return `${moved} Add the port to the switch, or correct port-name.`;
  }
  if (/ is (down|gone)$/.test(reason)) {
    return `${moved} Look at the cable, the port of the switch and the device's interface.`;
  }
  if (/no answer|refused/.test(reason)) {
    return `${moved} See that the device runs, that its VPN software does, and that it reaches the switch.`;
  }
  return `${moved} See that the device runs.`;
}

/** Whether a reason of a service is told by nothing else: devices and switches tell theirs. */
function isOfItsOwn(reason) {
  return reason !== '' && !/^device .* is down$/.test(reason) && !/has not confirmed the last change yet$/.test(reason)
    && !/^openflow:\d+ (is )?not connected/.test(reason);
}

function advice(reason) {
  const known = [
    [/^not enabled/, 'Set enabled to true to have it served.'],
    [/no device in service/, 'Put a device in service.'],
    [/refuses? /, 'The switch may be full, or not able to do it. See the log of the controller.'],
    [/of others (is|are) where/, 'Remove the entry of the other application, or give vpnlb other tables.'],
    [/MAC is seen at/, 'See how the two devices are cabled.'],
    [/is the address of/, 'Configure a free address to check from, or take it from that host.'],
    [/is being restored|is busy/, PATIENCE],
  ];
  return (known.find(([pattern]) => pattern.test(reason)) ?? [null, 'See the log of the controller.'])[1];
}

/** What has changed between two readings, in sentences. */
export function changes(before, after) {
  const said = [];
  for (const now of after) {
    const then = find(before, now.name);
    if (then === undefined) {
      continue;
    }
    if (then.status !== now.status) {
      said.push(`Service ${now.name} is ${now.status}`);
    }
    for (const device of now.devices) {
      const was = find(then.devices, device.name);
      if (was !== undefined && was.health !== device.health) {
        said.push(`${device.name} of ${now.name} is ${device.health}${device.reason ? `: ${device.reason}` : ''}`);
      } else if (was !== undefined && was.adminState !== device.adminState) {
        said.push(`${device.name} of ${now.name} is to be ${device.adminState}`);
      }
    }
    for (const entry of now.switches) {
      const was = then.switches.find((other) => other.node === entry.node);
      if (was !== undefined && was.connected !== entry.connected) {
        said.push(`${entry.node} is ${entry.connected ? 'connected' : 'not connected'}`);
      }
    }
  }
  return [...new Set(said)];
}

/** How the devices of a service are checked, in a sentence. */
export function checks(config) {
  const check = config?.['health-check'];
  if (check === undefined) {
    return 'The devices are not checked.';
  }
  if (check.type === 'link' || check.type === undefined) {
    return 'The links of its ports are watched.';
  }
  const asked = [check, ...(check['additional-check'] ?? [])].map((each) =>
    `${each.type.toUpperCase()}${each.port === undefined ? '' : `, port ${each.port}`}`);
  return `Asked by ${asked.join(', and by ')} every ${check.interval ?? 500} ms; down after `
    + `${check.fall ?? 3} without an answer${asked.length > 1 ? ' to any of these' : ''}, up after ${check.rise ?? 2} answers. Links are watched too.`;
}

/** A number with what is counted: 1 session, 2 sessions. */
export function count(number, what) {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** The time that has passed, roughly: 12 s, 5 min, 3 h, 4 d. */
export function ago(since, now) {
  return duration(Math.max(0, Math.round((now - Date.parse(since)) / 1000)));
}

function duration(seconds) {
  if (seconds < 120) {
    return `${seconds} s`;
  }
  if (seconds < 7200) {
    return `${Math.round(seconds / 60)} min`;
  }
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} d`;
}

export function percent(share) {
  return `${(100 * share).toFixed(share > 0 && share < 0.1 ? 1 : 0)} %`;
}

export function deviceLink(serviceName, device) {
  return `#/device/${encodeURIComponent(serviceName)}/${encodeURIComponent(device)}`;
}

function find(list, name) {
  return list.find((each) => each.name === name);
}

function sum(list, leaf) {
  return list.reduce((total, each) => total + (each[leaf] ?? 0), 0);
}

function compare(a, b) {
  return typeof a === 'number' && typeof b === 'number' ? a - b : byText(String(a ?? ''), String(b ?? ''));
}

function byName(a, b) {
  return byText(a.name ?? a, b.name ?? b);
}

function byText(a, b) {
  return ORDER.compare(a, b);
}
