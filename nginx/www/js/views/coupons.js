/* Coupons at the checkout: typing one, what became of it in words, taking it away. */

import { announce, h, icon } from '../dom.js';
import { field, setBusy } from '../form.js';
import { isCoupon, ruleName, ruleWords } from '../offers.js';
import { problemWords } from '../words.js';

const COUPONS_MAX = 10;

/* `price` is what pricing() made. `show` brings it up to date with a quote; `mark` says what became of a coupon that an order named. */
export function couponPart(price) {
  const code = field({ name: 'coupon', label: 'Coupon', optional: true, maxlength: 64, autocomplete: 'off', autocapitalize: 'characters', spellcheck: 'false', wide: true });
  const button = h('button', { type: 'button', class: 'button' }, 'Use it');
  const list = h('ul', { class: 'coupons' });
  const node = h('div', { class: 'coupon-part' }, h('div', { class: 'coupon-row' }, code.node, button), list);
  const marked = new Map(); // code → why the shop refused it

  async function add() {
    if (button.getAttribute('aria-disabled')) return;
    const text = code.value;
    code.mark(null);
    if (text === '') return code.mark('Please type the coupon first.');
    if (price.choice.coupons.some((one) => one.toLowerCase() === text.toLowerCase())) return code.mark('You use this coupon already.');
    if (price.choice.coupons.length >= COUPONS_MAX) return code.mark(`${COUPONS_MAX} coupons are the most for one order.`);
    setBusy(button, true);
    try {
      const rule = await price.addCoupon(text);
      if (rule.applied) {
        code.input.value = '';
        announce(ruleWords(rule, price.quote.currency));
      } else code.mark(ruleWords(rule, price.quote?.currency ?? 'USD'));
    } catch (problem) {
      code.mark(problemWords(problem));
    } finally {
      setBusy(button, false);
    }
    if (code.input.getAttribute('aria-invalid')) code.input.focus();
    return undefined;
  }
  button.addEventListener('click', add);
  code.input.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault(); // the order is not sent by it
    add();
  });

  function row(one, quote) {
    const rule = quote.explanation.find((other) => isCoupon(other, one)) ?? { code: one, applied: false };
    const why = marked.get(one) ?? (rule.applied ? '' : ruleWords(rule, quote.currency));
    const remove = h('button', { type: 'button', class: 'round', 'aria-label': `Take the coupon ${one} away`, onclick: async () => {
      marked.delete(one);
      await price.dropCoupon(one);
      announce(`The coupon ${one} is not used.`);
      code.input.focus();
    } }, icon('close'));
    return h('li', { class: 'coupon' }, h('span', null, h('strong', null, one), rule.name && ruleName(rule) !== one ? ` ${rule.name}` : '', why && h('span', { class: 'error' }, why)), remove);
  }

  return {
    node, fields: [code],
    codes: () => price.choice.coupons,
    show(quote) { list.replaceChildren(...price.choice.coupons.map((one) => row(one, quote))); },
    mark(one, words) { marked.set(one, words); },
  };
}
