// Copyright (c) 2026 The vpnlb Authors
// SPDX-License-Identifier: EPL-2.0

import { html, nothing } from './lit-html.js';
import { ago } from './model.js';

/** Small pieces that several views use. */

/** A state as a word in a frame; its colour says the same once more. */
export function badge(word) {
  return html`<span class="badge ${word}">${word}</span>`;
}

/** A moment, and how long it has been. */
export function moment(since) {
  return since === undefined ? html`<span class="quiet">not known</span>`
    : html`<time datetime=${since} title=${since}>${new Date(since).toLocaleTimeString()}</time>
      <span class="quiet">(${ago(since, Date.now())} ago)</span>`;
}

/** A share as a bar; the number beside it says the same. */
export function bar(share) {
  return html`<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
    <rect class="whole" width="100" height="6"></rect>
    <rect class="part" width=${(100 * share).toFixed(1)} height="6"></rect>
  </svg>`;
}

/** A term with its description, or nothing where there is none. */
export function row(term, description) {
  return description === undefined || description === nothing || description === ''
    ? nothing : html`<div><dt>${term}</dt><dd>${description}</dd></div>`;
}

/** What came of a question: nothing yet, a trouble, or what the function makes of the answer. */
export function outcome(asked, show) {
  if (asked === undefined) {
    return nothing;
  }
  if (asked.busy) {
    return html`<p class="quiet" role="status">Asking …</p>`;
  }
  return asked.trouble !== undefined ? html`<p class="bad" role="alert">${asked.trouble}</p>` : show(asked.answer);
}

/** A field of a form with its label above it. */
export function field(label, name, attributes = {}) {
  return html`<label>${label}
    <input name=${name} type=${attributes.type ?? 'text'} ?required=${attributes.required ?? false}
      autocomplete="off" autocapitalize="off" spellcheck="false" size=${attributes.size ?? 18}
      inputmode=${attributes.type === 'number' ? 'numeric' : 'text'} min=${attributes.min ?? nothing}
      placeholder=${attributes.example ?? nothing} list=${attributes.list ?? nothing}>
  </label>`;
}

/** A choice among values; the first one is chosen at first. */
export function choice(label, name, options) {
  return html`<label>${label}
    <select name=${name}>${options.map(([value, text]) => html`<option value=${value}>${text}</option>`)}</select>
  </label>`;
}

/** A table that scrolls within itself where it is too wide. */
export function scrolling(label, table) {
  return html`<div class="scroll" role="region" aria-label=${label} tabindex="0">${table}</div>`;
}
