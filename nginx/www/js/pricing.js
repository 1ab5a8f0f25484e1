/* What the order would cost as things are chosen now. It is asked anew when a choice changes, and only the last answer counts. */

import { Problem, post } from './api.js';
import * as cart from './cart.js';
import { read, write } from './keep.js';
import { isCoupon } from './offers.js';

const ASKS_MAX = 4; // of one change: what cannot be shipped or sold is given up one after the other

/* `show(quote)` and `fail(problem)` are told of each outcome; `drop(words)` of what had to be given up for it. */
export function pricing({ signal, show, fail, drop }) {
  const choice = { place: {}, shipping: null, coupons: read('coupons', []) };
  let turn = 0;
  let asked = null;
  let quote = null;

  const ask = (coupons) => post('/v1/orders/quote', {
    from_cart: true, ...(choice.place.country && { address: choice.place }), ...(choice.shipping && { shipping_method: choice.shipping }), ...(coupons.length > 0 && { coupons }),
  }, { as: 'either', again: true, signal });

  /* Makes the next try possible; false when nothing can be given up. */
  async function giveUp(problem) {
    if (problem.code === 'shipping.unavailable' && choice.shipping) {
      choice.shipping = null;
      return true;
    }
    if (problem.code !== 'order.sku_unavailable') return false;
    await cart.look({ signal });
    const lost = cart.ticked().filter((line) => !cart.sold(line));
    if (lost.length === 0) return false;
    await cart.tick(lost.map((line) => line.sku_id), false);
    lost.forEach((line) => drop(`${line.title} is no longer for sale and was left out.`));
    return true;
  }

  async function asking() {
    for (let n = 1; ; n++) {
      const { version } = cart.now();
      try {
        return { ...(await ask(choice.coupons)), version };
      } catch (problem) {
        if (!(problem instanceof Problem) || n === ASKS_MAX || !(await giveUp(problem))) throw problem;
      }
    }
  }

  /* Asks; resolves to the quote, or to null when there is none and `fail` was told why. */
  function again() {
    const mine = ++turn;
    asked = asking().then((found) => {
      if (mine !== turn) return asked;
      quote = found;
      show(found);
      return found;
    }).catch((problem) => {
      if (signal.aborted || !(problem instanceof Problem)) throw problem;
      if (mine !== turn) return asked;
      quote = null;
      fail(problem);
      return null;
    });
    return asked;
  }

  function setCoupons(list) {
    choice.coupons = list;
    write('coupons', list);
  }

  return {
    choice, again,
    get quote() { return quote; },
    settled: () => asked ?? again(),
    set(changes) {
      if (Object.entries(changes).every(([name, value]) => JSON.stringify(choice[name]) === JSON.stringify(value))) return asked;
      Object.assign(choice, changes);
      return again();
    },

    /* Tries a coupon: resolves to its rule; one that applies stays. */
    async addCoupon(code) {
      const found = await ask([...choice.coupons, code]);
      const rule = found.explanation.find((one) => isCoupon(one, code)) ?? { code, applied: false, reason: 'unknown' };
      if (!rule.applied) return rule;
      setCoupons([...choice.coupons, rule.code]);
      await again();
      return rule;
    },
    dropCoupon(code) {
      setCoupons(choice.coupons.filter((one) => one !== code));
      return again();
    },
    forgetCoupons: () => setCoupons([]),

    /* The coupons that count. */
    get coupons() { return choice.coupons.filter((code) => quote?.explanation.some((rule) => rule.applied && isCoupon(rule, code))); },
  };
}
