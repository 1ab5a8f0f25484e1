/* Sending an order so that it is placed once, whatever gets lost.
 *
 * An order's Idempotency-Key is kept with the exact body until the shop has said what became of it, over reloads too: a second click, a
 * retry or a lost answer leads to the same order. An order from the cart also names the cart's version, so that sending one again
 * after its cart has changed can place nothing new; it only finds the order that was placed.
 */
import { call, newKey, Problem } from './api.js';
import { read, write } from './keep.js';
import * as session from './session.js';

const KEPT_MAX = 5;
const KEPT_MS_MAX = 20 * 3600_000; // the shop remembers keys for 24 hours

const mine = (one) => one.owner === session.ownerId();
const kept = () => read('submissions', []).filter((one) => one.at > Date.now() - KEPT_MS_MAX);
const keep = (list) => write('submissions', list.slice(-KEPT_MAX));
const settle = (key) => keep(kept().filter((one) => one.key !== key));

/* The key of this body: of a submission whose outcome is not known, or a new one. */
function keyFor(body) {
  const same = kept().find((one) => mine(one) && one.body === body);
  if (same) return same.key;
  const key = newKey();
  keep([...kept(), { key, body, owner: session.ownerId(), at: Date.now() }]);
  return key;
}

async function send(key, body) {
  try {
    const { data } = await call('POST', '/v1/orders', { as: 'either', key, body });
    settle(key);
    session.rememberOrder(data.order_id);
    return data;
  } catch (problem) {
    if (problem instanceof Problem && !problem.unknown && problem.code !== 'idempotency.in_progress') settle(key);
    throw problem;
  }
}

/* The order that an earlier submission placed though its answer never came, or null. `version`: of the cart as it is; one that was sent
 * for this very version has placed nothing yet, and is left alone. */
export async function placedBefore(version) {
  for (const one of kept().filter(mine)) {
    if (JSON.parse(one.body).cart_version === version) continue;
    try {
      return await send(one.key, one.body);
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.unknown) throw problem;
    }
  }
  return null;
}

/* Places it. The same order sent again is the same order: its text must be, so `order` has its members always in the same turn. */
export function place(order) {
  const body = JSON.stringify(order);
  return send(keyFor(body), body);
}
