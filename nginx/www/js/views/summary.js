/* The checkout's last look: what is ordered, how the price comes about, and what it comes to. */

import * as cart from '../cart.js';
import { h } from '../dom.js';
import { money } from '../money.js';
import { nudges, ruleName, ruleWords } from '../offers.js';
import { choiceWords, picture } from '../parts.js';

const row = (title, amount, name = '') => h('div', { class: `sum ${name}` }, h('dt', null, title), h('dd', null, amount));

/* Rows that add up to the total. */
export function sums({ items, offers, ship, shipName, tax, taxIncluded, currency, total }) {
  const off = offers.filter((rule) => rule.amount > 0);
  return [
    h('dl', { class: 'sums' },
      (off.length > 0 || ship > 0 || tax > 0) && row('Things', money(items, currency)),
      off.map((rule) => row(ruleName(rule), `\u2212${money(rule.amount, currency)}`, 'good')),
      ship !== null && row(shipName ? ['Shipping', h('span', { class: 'muted' }, ` · ${shipName}`)] : 'Shipping', ship === 0 ? 'Free' : money(ship, currency)),
      tax > 0 && row('Taxes', money(tax, currency)),
      h('div', { class: 'sum total' }, h('dt', null, 'Total'), h('dd', null, h('strong', null, money(total, currency))))),
    taxIncluded > 0 && h('p', { class: 'small muted tax-note' }, `Includes ${money(taxIncluded, currency)} of taxes.`),
  ];
}

/* The rows of a quote. */
export function sumsOf(quote) {
  const method = quote.shipping_methods.find((one) => one.id === quote.shipping_method);
  return sums({
    items: quote.items_total, offers: quote.explanation.filter((rule) => rule.applied), ship: method ? method.price : null, shipName: method?.name,
    tax: quote.tax_total, taxIncluded: quote.tax_included, currency: quote.currency, total: quote.total,
  });
}

/* Every rule that was looked at, and why it applies or not. Coupons say so where they are typed. */
function offersPart(quote, coupons) {
  const rules = quote.explanation.filter((rule) => rule.applied || !coupons.some((code) => code.toLowerCase() === rule.code?.toLowerCase()));
  const near = rules.filter(nudges);
  return [
    near.length > 0 && h('ul', { class: 'nudges' }, near.map((rule) => h('li', null, ruleWords(rule, quote.currency)))),
    rules.length > near.length && h('details', { class: 'offers' }, h('summary', null, 'Offers we looked at'), h('ul', null, rules.map((rule) => h('li', null, ruleWords(rule, quote.currency))))),
  ];
}

/* `leaveOut(line)` unticks a line that cannot be had. */
export function summary(leaveOut, coupons) {
  const list = h('ul', { class: 'lines' });
  const rest = h('p', { class: 'small muted' });
  const costs = h('div', { class: 'costs' });
  const offers = h('div');
  const node = h('section', { class: 'panel summary', 'aria-labelledby': 'summary-title' },
    h('h2', { id: 'summary-title' }, 'Your order'), list, h('p', { class: 'small' }, h('a', { href: '#/cart' }, 'Change the cart')), rest, coupons.node, costs, offers);
  const trouble = new Map(); // sku_id → words

  function lineRow(line, of) {
    const why = trouble.get(line.sku_id);
    return h('li', { class: 'line' },
      picture(of?.image_url, '', { size: 64 }),
      h('div', { class: 'line-text' }, h('span', null, of?.title ?? 'Something new in your cart'),
        h('p', { class: 'muted' }, [choiceWords(of?.options_text), `${line.qty}\u00a0×\u00a0${money(line.unit_price, of?.currency)}`].filter(Boolean).join(' · ')),
        why && h('p', { class: 'error' }, why),
        why && h('button', { type: 'button', class: 'text-button', onclick: () => { trouble.delete(line.sku_id); leaveOut(of); } }, 'Leave it out', h('span', { class: 'hidden' }, ` ${of.title}`))),
      h('p', { class: 'line-sum' }, money(line.total, of?.currency)));
  }

  function show(quote, chosen) {
    const all = cart.now().items;
    list.replaceChildren(...quote.lines.map((line) => lineRow(line, { ...all.find((one) => one.sku_id === line.sku_id), currency: quote.currency })));
    const left = all.length - quote.lines.length;
    rest.textContent = left > 0 ? `${left === 1 ? 'One thing stays' : `${left} things stay`} in your cart.` : '';
    rest.hidden = left <= 0;
    costs.replaceChildren(...[sumsOf(quote), !chosen.country && h('p', { class: 'small muted tax-note' }, 'Taxes are worked out when we know the country.')].flat().filter(Boolean));
    offers.replaceChildren(...offersPart(quote, coupons.codes()).filter(Boolean));
    coupons.show(quote);
  }
  return { node, show, blame: (skuId, words) => trouble.set(skuId, words), forgive: () => trouble.clear() };
}
