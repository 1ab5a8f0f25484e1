/* The cart. The shop keeps it: for the account signed in, or for a guest, who gets a token with the first thing put in.
 *
 * What was seen last stands in the browser too, so that every tab shows the same at once and something is there without a connection. A
 * change is shown before the shop has answered and taken back when the shop refuses it; changes go out one after the other.
 */
import { call, pause, Problem } from './api.js';
import { forget, onElsewhere, read, write } from './keep.js';
import * as session from './session.js';

export const QTY_MAX = 999;
const ADD_TRIES = 4;
const MERGE_LOOKS_MS = [1500, 3000, 6000];
const NONE = { version: 0, items: [], lines_n: 0, units_n: 0, total: 0, ticked_n: 0, ticked_total: 0, currency: null };
const AS = { as: 'either' };

const listeners = new Set();
const changed = () => listeners.forEach((listener) => listener());

export const onChange = (listener) => { listeners.add(listener); return () => listeners.delete(listener); };

/* The copy in the browser: {owner, guest, etag, cart}. */
function copy() {
  const kept = read('cart', null);
  return kept?.owner && Array.isArray(kept.cart?.items) ? kept : null;
}

/* The cart as it was last seen. */
export function now() {
  const kept = copy();
  return kept && kept.owner === session.ownerId() ? kept.cart : NONE;
}

/* Is there an account's cart that is seen again after signing in? */
export function waits() {
  const kept = copy();
  return Boolean(kept && !kept.guest && kept.cart.lines_n > 0 && !session.account());
}

export const units = () => now().units_n;
export const ticked = (cart = now()) => cart.items.filter((line) => line.ticked);
export const sold = (line) => line.availability !== 'not_for_sale';

function keep(cart, etag = null) {
  write('cart', { owner: session.ownerId(), guest: !session.account(), etag, cart });
  changed();
}

/* Nothing of it stays in this browser. */
export function leave() {
  forget('cart');
  changed();
}

/* `cart` with other lines, and its sums with them. */
function withItems(cart, items) {
  const sum = (lines) => lines.filter(sold).reduce((total, line) => total + line.total, 0);
  const currencies = new Set(items.filter(sold).map((line) => line.currency));
  const mixed = currencies.size > 1;
  return {
    ...cart, items, lines_n: items.length, units_n: items.reduce((n, line) => n + line.qty, 0), total: mixed ? null : sum(items),
    ticked_n: ticked({ items }).length, ticked_total: mixed ? null : sum(ticked({ items })), currency: currencies.size === 1 ? [...currencies][0] : null,
  };
}

/* ---- what the shop says ---- */

let waiting = 0; // changes the shop has not answered yet: what is read meanwhile is not the cart after them
let confirmed = null; // what the shop said last

async function ask(signal) {
  const owner = session.ownerId();
  const kept = copy();
  const etag = kept?.owner === owner && waiting === 0 ? kept.etag : null;
  const answer = await call('GET', '/v1/cart', { ...AS, etag, signal });
  if (owner !== session.ownerId()) return now(); // somebody else is here by now, and is asked for by itself
  if (answer.status !== 304 && waiting === 0) {
    confirmed = answer.data;
    keep(answer.data, answer.etag);
  }
  return answer.status === 304 ? now() : answer.data;
}

/* Brings the copy up to date; resolves to the cart. */
export async function look({ signal } = {}) {
  await mergeLeft();
  const kept = copy();
  if (session.ownerId()) return guarded(() => ask(signal));
  if (kept?.guest && kept.cart.lines_n > 0) await someone();
  return now();
}

/* Runs `work`; when the guest's token turns out to be no good any more, what was in that guest's cart goes to a new guest first. */
async function guarded(work) {
  try {
    return await work();
  } catch (problem) {
    if (problem.code !== 'guest.expired') throw problem;
    await someone();
    return work();
  }
}

const put = (skuId, qty, options) => call('PUT', `/v1/cart/items/${skuId}`, { ...AS, body: { qty }, ...options });
const select = (body) => call('POST', '/v1/cart/selection', { ...AS, body, again: true });

/* Somebody who has a cart. A guest who is new because the last one's time is over gets what the last one had. */
async function someone() {
  const kept = copy();
  await session.ensureSomeone();
  if (!kept?.guest || session.account() || kept.owner === session.ownerId()) return;
  for (const line of kept.cart.items) {
    await put(line.sku_id, line.qty, { again: true }).catch((problem) => { if (problem.code !== 'cart.sku_unavailable') throw problem; });
  }
  await ask();
}

/* A guest's cart that could not be taken along when its guest signed in. */
async function mergeLeft() {
  const left = read('unmerged', null);
  if (!left || !session.account()) return;
  try {
    const { data } = await call('POST', '/v1/cart/merge', { as: 'account', body: { guest_token: left.token }, again: true });
    if (data.guest_cart === 'kept' && left.ends > Date.now()) return;
    forget('unmerged');
    if (data.guest_cart === 'merging') follow();
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (problem.status === 400) forget('unmerged'); // that token opens no cart any more; after anything else it waits for the next look
  }
}

/* Looks a few times more: something is on its way into the cart. */
export async function follow() {
  for (const ms of MERGE_LOOKS_MS) {
    await pause(ms);
    await look().catch(() => {});
  }
}

/* ---- changes ---- */

let last = Promise.resolve();

/* One after the other, in the order in which they were made. */
function inTurn(work) {
  const turn = last.then(work);
  last = turn.catch(() => {});
  return turn;
}

/* Shows `next` at once and does `work`. Rejects when the shop refuses; then the cart is shown as it is. */
async function change(next, work) {
  if (waiting === 0) confirmed = now();
  waiting++;
  keep(next);
  try {
    await inTurn(() => guarded(work));
  } catch (problem) {
    waiting--;
    if (waiting === 0) await ask().catch(() => keep(confirmed));
    throw problem;
  }
  waiting--;
  if (waiting === 0) await ask().catch(() => {});
}

const changedLine = (skuId, how) => {
  const cart = now();
  return withItems(cart, cart.items.map((line) => (line.sku_id === skuId ? how(line) : line)));
};

const wanted = new Map(); // sku_id → units last chosen: of several that wait for their turn only the last goes out

export function setQty(skuId, qty) {
  wanted.set(skuId, qty);
  return change(changedLine(skuId, (line) => ({ ...line, qty, total: line.price * qty })), async () => {
    const units = wanted.get(skuId);
    if (units === undefined) return;
    wanted.delete(skuId);
    await put(skuId, units, { again: true });
  });
}

export function remove(skuId) {
  wanted.delete(skuId);
  const cart = now();
  return change(withItems(cart, cart.items.filter((line) => line.sku_id !== skuId)), () => call('DELETE', `/v1/cart/items/${skuId}`, { ...AS, again: true }));
}

export function tick(skuIds, on) {
  const cart = now();
  const next = withItems(cart, cart.items.map((line) => (skuIds.includes(line.sku_id) ? { ...line, ticked: on } : line)));
  return change(next, () => select({ sku_ids: skuIds, ticked: on }));
}

export function tickAll(on) {
  const cart = now();
  return change(withItems(cart, cart.items.map((line) => ({ ...line, ticked: on }))), () => select({ all: true, ticked: on }));
}

/* Puts `qty` more units in; resolves to how many there are then. Another tab may do the same: each change names the version it is for. */
export function add(skuId, qty) {
  return inTurn(async () => {
    await someone();
    let cart = now();
    let unknown = 0; // so many units may be there already: the answer was lost
    for (let n = 1; ; n++) {
      const have = cart.items.find((line) => line.sku_id === skuId)?.qty ?? 0;
      if (unknown > 0 && have >= unknown) return have;
      const units = Math.min(QTY_MAX, have + qty);
      try {
        await put(skuId, units, { etag: `"v${cart.version}"` });
        await ask().catch(() => {});
        return units;
      } catch (problem) {
        if (problem.unknown) unknown = units;
        const again = problem.code === 'precondition.failed' || problem.code === 'guest.expired' || (problem.passing && navigator.onLine !== false && problem.retryAfterMs <= 4000);
        if (!again || n === ADD_TRIES) throw problem;
        if (problem.code === 'guest.expired') await someone();
        else if (problem.passing) await pause(Math.max(problem.retryAfterMs, 300 * n));
        cart = await ask();
      }
    }
  });
}

/* ---- other tabs, other devices, other people ---- */

let owner = session.ownerId();

onElsewhere('cart', changed);
session.onChange(() => {
  if (owner === session.ownerId()) return;
  owner = session.ownerId();
  changed();
  look().catch(() => {});
});
document.addEventListener('visibilitychange', () => { if (!document.hidden) look().catch(() => {}); });
addEventListener('online', () => look().catch(() => {}));
