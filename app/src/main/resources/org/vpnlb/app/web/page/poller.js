// Copyright (c) 2026 The vpnlb Authors
// SPDX-License-Identifier: EPL-2.0

/** Milliseconds between two readings: vpnlb publishes its state each second. */
const OFTEN = 1_000;
const MAX_PAUSE = 30_000;
/** A reading that takes long is made less often, so that the page needs a tenth of the time at most. */
const PATIENCE = 10;

/**
 * Reads again and again while somebody looks: not while the page is hidden, and more and more rarely while it fails.
 */
export class Poller {
  #read;
  #failed;
  #timer;
  #pause = OFTEN;
  #running = false;
  #stopped = false;

  /**
   * @param {() => Promise<void>} read reads and shows
   * @param {(cause: Error) => boolean} failed told of each failure; false to stop until retry()
   */
  constructor(read, failed) {
    this.#read = read;
    this.#failed = failed;
    document.addEventListener('visibilitychange', () => this.#plan(0));
  }

  /** Reads at once, also after a failure that stopped it. */
  retry() {
    this.#stopped = false;
    this.#plan(0);
  }

  #plan(millis) {
    clearTimeout(this.#timer);
    if (!document.hidden && !this.#stopped && !this.#running) {
      this.#timer = setTimeout(() => this.#run(), millis);
    }
  }

  async #run() {
    this.#running = true;
    const begun = performance.now();
    try {
      await this.#read();
      this.#pause = Math.min(MAX_PAUSE, Math.max(OFTEN, PATIENCE * (performance.now() - begun)));
    } catch (cause) {
      this.#pause = Math.min(MAX_PAUSE, 2 * this.#pause);
      this.#stopped = !this.#failed(cause);
    }
    this.#running = false;
    this.#plan(this.#pause);
  }
}
