/* Money that needs a person, and how providers' statements agree with the shop's books. */

import { call, get, newKey, withQuery } from '../api.js';
import { h, uid } from '../dom.js';
import { check, field, onSubmit, problemBox, tell } from '../form.js';
import { money, when } from '../money.js';
import { loading, skeleton } from '../parts.js';
import { again, go } from '../router.js';
import { admitted, AS, frame, growing, may } from './staff.js';

const plain = (name) => name.replaceAll('_', ' ');
const yesterday = () => new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
const orderLink = (id) => id && h('a', { href: `#/staff/orders/${id}` }, `Order ${id}`);

function caseRow(one) {
  const box = problemBox();
  const note = field({ name: 'note', label: 'What was done', maxlength: 500, wide: true });
  const button = h('button', { class: 'button', type: 'submit' }, 'Close the case');
  const back = h('input', { type: 'checkbox', id: uid('back') });
  const form = h('form', { class: 'form staff-action', novalidate: true }, box.node, note.node,
    one.kind === 'wrong_amount' && h('p', { class: 'tick' }, back, h('label', { for: back.id }, 'Send back what the provider took')), button);
  const key = newKey();
  onSubmit(form, button, async () => {
    box.hide();
    if (!check([note])) return;
    try {
      await call('POST', `/v1/admin/payment-cases/${one.case_id}/close`, { ...AS, key, body: { note: note.value, ...(back.checked && { action: 'refund' }) } });
      again();
    } catch (problem) {
      tell(problem, [note], box);
    }
  });
  return h('li', { class: 'parcel' },
    h('p', null, h('strong', null, plain(one.kind)), ' · ', one.channel, one.asked !== null && one.currency ? ` · ${money(one.asked, one.currency)}` : ''),
    h('p', { class: 'muted' }, [orderLink(one.order_id), one.order_id && ' · ', when(one.created_at)].filter(Boolean)),
    may('support', 'admin') && h('details', null, h('summary', null, 'Deal with it'), form));
}

function dayForm(query) {
  const channel = field({ name: 'channel', label: 'Channel', control: h('select', null, ['sandbox', 'stripe', 'alipay', 'wechat'].map((name) => h('option', { value: name, selected: name === query.get('channel') }, name))) });
  const day = field({ name: 'day', label: 'Day', type: 'date', value: query.get('day') ?? yesterday() });
  const button = h('button', { class: 'button primary', type: 'submit' }, 'Show the day');
  const form = h('form', { class: 'refine-form staff-filters', novalidate: true }, h('div', { class: 'fields' }, channel.node, day.node), h('p', { class: 'actions' }, button));
  onSubmit(form, button, async () => { if (check([channel, day])) go(withQuery('#/staff/money', { channel: channel.value, day: day.value })); });
  return form;
}

function differenceRow(one) {
  return h('li', { class: 'parcel' }, h('p', null, h('strong', null, plain(one.class)), ` · ${one.state}`), h('p', { class: 'muted' }, [orderLink(one.order_id), one.order_id && ' · ', one.reference, ' · ', when(one.found_at)].filter(Boolean)));
}

async function report(query, signal) {
  const load = (cursor) => get(withQuery('/v1/admin/reconciliation', { channel: query.get('channel'), day: query.get('day'), limit: 50, cursor }), { ...AS, signal });
  try {
    const [list, first] = await growing(load, differenceRow, 'No difference.', signal);
    return h('div', null,
      h('p', null, `${first.matched} of ${first.lines} lines agree. Looked at ${first.runs === 1 ? 'once' : `${first.runs} times`}, ${first.finished_at ? `last ${when(first.finished_at)}` : 'and not finished yet'}.`),
      h('ul', null, first.differences.map((one) => h('li', null, `${plain(one.class)}: ${one.open} open, ${one.closed} closed`))), list);
  } catch (problem) {
    if (problem.status !== 404) throw problem;
    return h('p', { class: 'muted' }, 'This day was not compared yet.');
  }
}

/* "#/staff/money", "#/staff/money?channel=…&day=…". */
export async function staffMoney(page) {
  page.title('Money');
  if (!admitted(page, 'support', 'admin', 'ops')) return;
  const { query, signal } = page;
  page.put(loading('Loading', h('div', { class: 'narrow' }, skeleton('row-shape', 4))));
  const [[cases], found] = await Promise.all([
    growing((cursor) => get(withQuery('/v1/admin/payment-cases', { state: 'open', limit: 30, cursor }), { ...AS, signal }), caseRow, 'Nothing waits for a person.', signal),
    query.get('day') ? report(query, signal) : null,
  ]);
  page.put(frame('Money', h('section', null, h('h2', null, 'Waits for a person'), cases), h('section', null, h('h2', null, 'Statements of providers'), dayForm(query), found)));
  page.ready();
}
