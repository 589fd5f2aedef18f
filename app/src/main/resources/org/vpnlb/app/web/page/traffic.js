// Copyright (c) 2026 The vpnlb Authors
// SPDX-License-Identifier: EPL-2.0

/**
 * How much traffic the devices have. Pure: no document, no clock. The counters of the state rise by steps, since vpnlb
 * asks the switches every 10 s: so the time from step to step counts, and not that from reading to reading.
 */

/** A counter that has not risen for so long stands still. */
const STILL = 13_000;
/** A rate is the mean of this time. */
const MEAN = 32_000;

const DIRECTIONS = ['from-clients', 'from-servers'];
const VOLUMES = ['packets', 'bytes'];
const NAMES = { 'from-clients': 'up', 'from-servers': 'down' };

/**
 * Notes the counters, and tells each device its rates: packetsUp, bytesUp, packetsDown and bytesDown a second; undefined
 * where they are not known.
 *
 * @param {Map<string, object>} before what was noted before
 * @param {object[]} services as model.services makes them
 * @param {number} now the time, in milliseconds
 * @returns {Map<string, object>} what is noted now
 */
export function measure(before, services, now) {
  const noted = new Map();
  for (const service of services) {
    for (const device of service.devices) {
      for (const direction of DIRECTIONS) {
        for (const volume of VOLUMES) {
          const value = device.sent?.[direction]?.[volume];
          if (value !== undefined) {
            const key = JSON.stringify([service.name, device.name, direction, volume]);
            const counter = read(before.get(key), Number(value), now);
            noted.set(key, counter);
            device[leaf(direction, volume)] = perSecond(counter, now);
          }
        }
      }
    }
  }
  return noted;
}

function leaf(direction, volume) {
  const name = NAMES[direction];
  return `${volume}${name[0].toUpperCase()}${name.slice(1)}`;
}

function read(counter, value, now) {
  if (counter === undefined || value < counter.value) {
    return { begun: now, value, steps: [] };
  }
  const steps = value > counter.value ? [...counter.steps, { at: now, value }] : counter.steps;
  const recent = steps.filter((step) => now - step.at <= MEAN);
  return { begun: counter.begun, value, steps: recent.length < 2 ? steps.slice(-2) : recent };
}

function perSecond({ begun, steps }, now) {
  if (now - (steps.at(-1)?.at ?? begun) >= STILL) {
    return 0;
  }
  return steps.length < 2 ? undefined
    : (1000 * (steps.at(-1).value - steps[0].value)) / (steps.at(-1).at - steps[0].at);
}

/** A number of bytes a second: 12 B/s, 1.2 kB/s, 34 MB/s. */
export function bytes(rate) {
  return amount(rate, 'B/s');
}

/** A number of packets a second. */
export function packets(rate) {
  return rate === undefined ? '' : `${rate < 10 && rate > 0 ? rate.toFixed(1) : Math.round(rate)} packets/s`;
}

function amount(rate, unit) {
  if (rate === undefined) {
    return '';
  }
  const prefixes = ['', 'k', 'M', 'G', 'T'];
  let left = rate;
  let prefix = 0;
  while (left >= 999.5 && prefix < prefixes.length - 1) {
    left /= 1000;
    prefix += 1;
  }
  return `${left < 10 && left > 0 ? left.toFixed(1) : Math.round(left)} ${prefixes[prefix]}${unit}`;
}

/** The sum over all devices of what is known; undefined where nothing is. */
export function total(devices, name) {
  const known = devices.map((device) => device[name]).filter((rate) => rate !== undefined);
  return known.length === 0 ? undefined : known.reduce((sum, rate) => sum + rate, 0);
}
