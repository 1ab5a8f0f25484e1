/* Rules that hold orders: in each currency the total above which an order that is paid waits until somebody has looked at it. */

import { get } from '../api.js';
import { announce, h } from '../dom.js';
import { field } from '../form.js';
import { fromMinor, money, toMinor, when } from '../money.js';
import { loading, skeleton } from '../parts.js';
import { admitted, AS, frame, may } from './staff.js';
import { action } from './staff_action.js';

const path = (currency) => `/v1/admin/hold-rules/${currency}`;

/* Said after a change: the shop answers with `propagating` while a part of it has yet to hear of it. */
const told = (data, words) => (data.propagating ? `${words} A part of the shop hears of it a little later.` : words);

function amountField(currency, value) {
  return field({ name: 'above', label: 'Total', hint: 'Orders of more than this are held.', inputmode: 'decimal', maxlength: 14, autocomplete: 'off', value,
    rule: (text) => (toMinor(text, currency()) !== '' ? null : 'An amount, please.') });
}

function changing(rule, refresh) {
  const above = amountField(() => rule.currency, fromMinor(rule.above, rule.currency));
  const common = { method: 'PUT', path: path(rule.currency), etag: `"v${rule.version}"` };
  return h('details', null, h('summary', null, 'Change it'),
    action({ ...common, fields: [above], text: 'Change the rule', body: () => ({ above: Number(toMinor(above.value, rule.currency)) }), done: (_, data) => refresh(told(data, 'The rule is changed.')) }),
    action({ ...common, fields: [], text: 'Hold none any more', quiet: true, body: () => ({ above: null }), done: (_, data) => refresh(told(data, 'No order is held by this rule any more.')) }));
}

function row(rule, refresh) {
  return h('li', { class: 'parcel' },
    h('p', null, h('strong', null, `${rule.currency}: above ${money(rule.above, rule.currency)}`)),
    h('p', { class: 'muted small' }, `Since ${when(rule.changed_at)}`),
    may('admin') && changing(rule, refresh));
}

function adding(refresh) {
  const currency = field({ name: 'currency', label: 'Currency', hint: 'Three letters, as EUR.', maxlength: 3, autocomplete: 'off', autocapitalize: 'characters',
    rule: (text) => (/^[A-Za-z]{3}$/.test(text) ? null : 'Three letters, please.') });
  const code = () => currency.value.toUpperCase();
  const above = amountField(code);
  return action({ title: 'A rule for a currency', method: 'PUT', path: () => path(code()), fields: [currency, above], text: 'Hold orders above this',
    body: () => ({ above: Number(toMinor(above.value, code())) }), done: (_, data) => refresh(told(data, 'Orders above this are held when they are paid.')) });
}

/* "#/staff/rules". */
export async function staffRules(page) {
  page.title('Rules');
  if (!admitted(page, 'support', 'admin')) return;
  page.put(loading('Loading the rules', h('div', { class: 'narrow' }, skeleton('row-shape', 2))));
  async function refresh(words) {
    const rules = (await get('/v1/admin/hold-rules', { ...AS, signal: page.signal })).items.filter((rule) => rule.above !== null);
    page.put(frame('Rules',
      h('section', null, h('h2', null, 'Orders that are held'), h('p', { class: 'muted' }, 'An order of more than this waits as soon as it is paid, until somebody lets it go on.'),
        rules.length > 0 ? h('ul', { class: 'panel' }, rules.map((rule) => row(rule, refresh))) : h('p', { class: 'muted' }, 'No order is held by itself.')),
      may('admin') && h('section', { class: 'panel' }, adding(refresh))));
    page.ready();
    if (words) announce(words);
  }
  await refresh();
}
