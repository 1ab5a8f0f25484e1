/* A buyer's way through a flash sale: the place in the queue, the order that was sent, its ticket, and what became of it.
 *
 * All of it is kept in the browser, so that a reload finds it and all tabs show the same. One tab asks the shop for all of them. An order
 * that was sent is kept with its key until the shop has said what became of it, so nothing is bought twice.
 */
import { call, newKey, news, pause, post, Problem } from './api.js';
import { onElsewhere, read, write } from './keep.js';
import * as session from './session.js';
import { now } from './shop_time.js';
import { solve } from './solve.js';

const SALES_MAX = 10; // of which something is kept
const SOON_MS = 1000;
const LEAST_MS = 200; // between two questions, whatever is kept or cannot be kept
const LISTENING_MS = 8000; // between questions while the shop would tell by itself
const TROUBLE_MS = 3000;
const LATE_MS = 1500;
const SENDING_MS = 15_000; // then another tab may send it, too: with its key it is bought once
const IDLE_MS = 60_000; // where nothing is to be asked
const LOST = 'flash.place_required';
const AS = { as: 'account' };

const listeners = new Set();
const changed = () => listeners.forEach((listener) => listener());

/* `listener` is called when anything of any sale has changed. */
export const onKept = (listener) => listeners.add(listener);
onElsewhere('flash', changed);
session.onChange(changed);

/* Does the answer leave open what became of it? */
const open = (problem) => problem.unknown || problem.status === 429 || problem.code === 'idempotency.in_progress';

const said = ({ code, status, title }) => ({ code, status, title });

const known = (problem) => { if (!(problem instanceof Problem)) throw problem; }; // it was kept what came of it

/* One tab at a time does `work`; where tabs cannot agree, each does. */
const alone = (name, signal, work) => (navigator.locks ? navigator.locks.request(name, { signal }, work) : work());

/* Does another tab wait for its turn? */
async function wanted(name) {
  if (!navigator.locks) return false;
  const { pending } = await navigator.locks.query();
  return pending.some((one) => one.name === name);
}

export class Seat {
  /* `show` is called when anything has changed; all ends with `signal`. */
  constructor(saleId, signal, show) {
    this.saleId = saleId;
    this.path = `/v1/flash/${saleId}`;
    this.signal = signal;
    this.wake = () => {};
    const listener = () => { this.wake(); show(); };
    listeners.add(listener);
    signal.addEventListener('abort', () => listeners.delete(listener), { once: true });
    document.addEventListener('visibilitychange', () => this.look(), { signal });
  }

  /* The tab that is looked at does not wait for one in the background, whose timers the browser slows down. */
  look() {
    const due = this.next();
    if (!document.hidden && due && due.at < now() - LATE_MS) this.tell(due);
  }

  /* {want: a place is wanted, place, seat: {state, position, first, size, eta_s, until}, sent: {key, body}, ticket, outcome, trouble, again} of
   * whoever is signed in. `until` and `again` are times of the shop. */
  get kept() {
    const one = read('flash', {})[this.saleId];
    return one && one.owner === session.account()?.account_id ? one : {};
  }

  keep(changes) {
    const owner = session.account()?.account_id;
    const all = Object.entries(read('flash', {})).filter(([id]) => id !== this.saleId).slice(1 - SALES_MAX);
    if (owner) write('flash', Object.fromEntries([...all, [this.saleId, { ...this.kept, ...changes, owner }]]));
    changed();
  }

  /* Asks for a place, or how far it is; `answer` is {challenge, answer}. */
  async ask(answer) {
    const { place, seat, trouble } = this.kept;
    const { data, retryAfterMs } = await call('POST', `${this.path}/queue`, { ...AS, signal: this.signal, body: { ...(place && { place }), ...answer } });
    const { state, position, size, eta_s, expires_in_s } = data;
    const first = Math.max(position, seat?.state === 'waiting' ? seat.first : 0);
    this.keep({ want: true, place: data.place, trouble: trouble?.code === LOST ? trouble : null, again: now() + Math.max(retryAfterMs, SOON_MS),
      seat: { state, position, first, size, eta_s, until: state === 'admitted' ? now() + expires_in_s * 1000 : null } });
  }

  /* Takes a place, or asks for it again, solving what has to be solved; `solving` is called when that begins, `signal` ends it. */
  async join(solving, signal = this.signal) {
    try {
      await this.ask();
    } catch (problem) {
      if (problem.code !== 'flash.challenge') throw problem;
      solving?.();
      await this.ask(await this.worked(signal));
    }
  }

  async worked(signal) {
    const task = await post(`${this.path}/challenge`, { kind: 'work' }, { ...AS, signal });
    return { challenge: task.challenge, answer: await solve(task, signal) };
  }

  /* A question for a person, {challenge, question}. */
  question() {
    return post(`${this.path}/challenge`, { kind: 'question' }, { ...AS, signal: this.signal });
  }

  /* Orders; `order` is {address, qty, expected_total, shipping_method}. */
  buy(order) {
    this.keep({ trouble: null, again: now() + SENDING_MS, sent: { key: newKey(), body: JSON.stringify({ place: this.kept.place, ...order }) } });
    return this.send();
  }

  async send() {
    const { sent } = this.kept;
    try {
      const { data, retryAfterMs } = await call('POST', `${this.path}/orders`, { ...AS, ...sent, signal: this.signal });
      this.keep({ sent: null, trouble: null, ticket: data.ticket, again: now() + Math.max(retryAfterMs, SOON_MS) });
    } catch (problem) {
      if (problem instanceof Problem) this.refused(problem);
      throw problem;
    }
  }

  /* An order was not let in, or nobody knows. */
  refused(problem) {
    if (open(problem)) return this.keep({ trouble: said(problem), again: now() + Math.max(problem.retryAfterMs, TROUBLE_MS) });
    const lost = problem.code === LOST || problem.code === 'flash.waiting'; // the turn has passed, or the queue was lost
    const ended = problem.code === 'flash.limit' || problem.code === 'flash.over';
    return this.keep({ sent: null, trouble: problem.errors?.length > 0 ? null : said(problem), ...(lost && { seat: null, want: true, again: 0 }), ...(ended && { want: false, seat: null }) });
  }

  async follow() {
    const { ticket } = this.kept;
    const { data, retryAfterMs } = await call('GET', `${this.path}/tickets/${ticket}`, { ...AS, signal: this.signal });
    if (data.state === 'queued') this.listen(ticket);
    if (data.state === 'queued') this.keep({ trouble: null, again: now() + Math.max(retryAfterMs, this.hears ? LISTENING_MS : SOON_MS) });
    else this.keep({ trouble: null, outcome: data, ...(data.state === 'ordered' && { want: false, seat: null }) });
  }

  /* The shop tells when there is news of the ticket, then it is asked; where it cannot be listened to it is asked all the same. */
  async listen(ticket) {
    if (this.hears) return;
    this.hears = true;
    const told = await news(`${this.path}/tickets/${ticket}/events`, { ...AS, signal: this.signal }).catch(() => null);
    this.hears = false;
    if (!this.signal.aborted && this.kept.ticket === ticket && !this.kept.outcome) this.keep({ again: told && told.state !== 'queued' ? 0 : now() + SOON_MS });
  }

  /* After a refusal, or to have another one. */
  anew() {
    this.keep({ ticket: null, outcome: null, sent: null, trouble: null });
  }

  /* What is to be asked next, and when; null when nothing is. */
  next() {
    const one = this.kept;
    if (one.outcome) return null;
    if (one.ticket) return { at: one.again ?? 0, ask: () => this.follow() };
    if (one.sent) return { at: one.again ?? 0, ask: () => this.send().catch(known) };
    return one.want && one.seat?.state !== 'admitted' ? { at: one.again ?? 0, ask: () => this.join() } : null;
  }

  /* Until `ms` have passed or something has changed. */
  wait(ms) {
    return new Promise((resolve, reject) => {
      this.wake = resolve;
      pause(ms, this.signal).then(resolve, reject);
    }).finally(() => { this.wake = () => {}; });
  }

  async tell(due) {
    try {
      await due.ask();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.unasked(problem);
    }
  }

  /* What was asked by itself was refused. */
  unasked(problem) {
    const one = this.kept;
    const later = now() + Math.max(problem.retryAfterMs, TROUBLE_MS);
    const waits = one.seat?.state === 'waiting' && problem.code === 'flash.sold_out'; // said at the edge to everybody; the gate keeps the place
    if (waits || problem.status === 401 || problem.code === 'flash.not_open') this.keep({ again: later });
    else if (open(problem)) this.keep({ trouble: said(problem), again: later });
    else if (one.ticket) this.keep({ trouble: null, outcome: { state: 'refused', reason: problem.code } });
    else if (problem.code === LOST && one.place) this.keep({ place: null, again: 0 });
    else this.keep({ want: false, seat: null, trouble: said(problem) });
  }

  /* Asks what is due, for all tabs, until another tab that is looked at wants to. */
  async lead(name) {
    while (!this.signal.aborted) {
      const due = this.next();
      const ms = due ? due.at - now() : IDLE_MS;
      if (due && ms <= 0) await this.tell(due);
      await this.wait(Math.max(ms, LEAST_MS));
      if (document.hidden && await wanted(name)) return;
    }
  }

  /* Never ends but with the signal. */
  async watch() {
    const name = `souk.flash.${this.saleId}`;
    while (!this.signal.aborted) await alone(name, this.signal, () => this.lead(name));
  }
}

