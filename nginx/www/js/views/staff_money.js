/* Money that needs a person, what moved on a day of a channel, and how the provider's statement of it agrees with the shop's books. */

import { call, get, newKey, pause, withQuery } from '../api.js';
import { h, toast, uid } from '../dom.js';
import { check, field, onSubmit, problemBox, tell } from '../form.js';
import { money, when } from '../money.js';
import { loading, skeleton } from '../parts.js';
import { again, go } from '../router.js';
import { caseWords, channelWords, differenceWords, refundCauseWords } from '../words.js';
import { admitted, AS, frame, growing, may } from './staff.js';
import { action } from './staff_action.js';

const CHANNELS = ['sandbox', 'stripe', 'alipay', 'wechat', 'manual'];
const badge = (text, mood) => h('span', { class: `state ${mood}` }, text);
const yesterday = () => new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
const orderLink = (id) => id && h('a', { href: `#/staff/orders/${id}` }, `Order ${id}`);

/* "a · b · c" of what is there. */
const dotted = (...parts) => parts.filter(Boolean).flatMap((part, n) => (n > 0 ? [' · ', part] : [part]));

function caseRow(one) {
  const box = problemBox();
  const note = field({ name: 'note', label: 'What was done', maxlength: 500, wide: true });
  const byHand = one.kind === 'refund_by_hand', failed = one.kind === 'refund_failed';
  const button = h('button', { class: 'button', type: 'submit' }, byHand ? 'The money is back' : 'Close the case');
  const back = h('input', { type: 'checkbox', id: uid('back') });
  const form = h('form', { class: 'form staff-action', novalidate: true }, box.node, note.node,
    (failed || (one.kind === 'wrong_amount' && one.taken)) && h('p', { class: 'tick' }, back, h('label', { for: back.id },
      failed ? 'The money is back, past the provider' : 'Send back what the provider took')), button);
  const key = newKey();
  onSubmit(form, button, async () => {
    box.hide();
    if (!check([note])) return;
    try {
      await call('POST', `/v1/admin/payment-cases/${one.case_id}/close`, { ...AS, key, body: { note: note.value, ...(byHand || (failed && back.checked) ? { action: 'refunded' } : back.checked && { action: 'refund' }) } });
      again();
    } catch (problem) {
      tell(problem, [note], box);
    }
  });
  return h('li', { class: 'parcel' },
    h('p', null, h('strong', null, caseWords(one.kind))),
    h('p', null, dotted(orderLink(one.order_id), channelWords(one.channel), (byHand || failed) && one.currency && one.data?.amount ? `${money(one.data.amount, one.currency)} to give back` : one.asked !== null && one.currency ? `asked for ${money(one.asked, one.currency)}` : null,
      one.kind === 'wrong_amount' && (one.taken && one.currency ? `the provider took ${money(one.taken, one.currency)}` : 'the provider has not said that it took anything'))),
    one.data?.why && h('p', null, `They say: ${one.data.why}`),
    h('p', { class: 'muted small' }, dotted(when(one.created_at), one.provider_ref && `their number ${one.provider_ref}`)),
    may('support', 'admin') && h('details', null, h('summary', null, 'Deal with it'), form));
}

function dayForm(query) {
  const channel = field({ name: 'channel', label: 'Channel', control: h('select', null, CHANNELS.map((name) => h('option', { value: name, selected: name === query.get('channel') }, channelWords(name)))) });
  const day = field({ name: 'day', label: 'Day', type: 'date', value: query.get('day') ?? yesterday() });
  const button = h('button', { class: 'button primary', type: 'submit' }, 'Show the day');
  const form = h('form', { class: 'refine-form staff-filters', novalidate: true }, h('div', { class: 'fields' }, channel.node, day.node), h('p', { class: 'actions' }, button));
  onSubmit(form, button, async () => { if (check([channel, day])) go(withQuery('#/staff/money', { channel: channel.value, day: day.value })); });
  return form;
}

/* What one side says of a transaction, as a line of text. */
function side(said) {
  if (!said || said.amount === undefined || said.amount === null) return 'nothing';
  const fee = said.fee > 0 && said.currency ? ` (fee ${money(said.fee, said.currency)})` : '';
  return `${said.currency ? money(said.amount, said.currency) : said.amount}${fee}`;
}

function differenceRow(one, query) {
  const note = field({ name: 'note', label: 'How it was settled', maxlength: 500, wide: true });
  const close = () => action({
    fields: [note], text: 'Close it', path: '/v1/admin/reconciliation/close', done: () => again(), words: 'The difference is closed.',
    body: () => ({ channel: query.get('channel'), day: query.get('day'), class: one.class, reference: one.reference, note: note.value }),
  });
  return h('li', { class: 'parcel' },
    h('p', null, one.state === 'open' ? badge('Open', 'wait') : badge('Closed', 'good'), ' ', h('strong', null, differenceWords(one.class))),
    h('p', null, `The statement says ${side(one.data?.statement)}, the books say ${side(one.data?.books)}.`),
    h('p', { class: 'muted small' }, dotted(orderLink(one.order_id), one.reference, when(one.found_at))),
    one.state === 'closed' && h('p', one.note ? { class: 'said' } : { class: 'muted' }, one.note ?? 'It settled itself.'),
    one.state === 'open' && may('support', 'admin') && h('details', null, h('summary', null, 'Settle it'), h('p', { class: 'muted' }, 'Closing books nothing. Give money back at the order, or note what was done elsewhere.'), close()));
}

const ASK_EVERY_MS = 500;
const ASK_TIMES_MAX = 40;

/* A day is compared by the shop's worker, within seconds: looks until that is done. */
function compare(query, first, signal) {
  const of = { channel: query.get('channel'), day: query.get('day') };
  const path = withQuery('/v1/admin/reconciliation', { ...of, limit: 1 });
  return action({
    fields: [], text: first ? 'Compare it again' : 'Compare it now', quiet: true, path: '/v1/admin/reconciliation', body: () => of,
    done: async () => {
      let compared = false;
      for (let n = 0; n < ASK_TIMES_MAX && !compared && !signal.aborted; n++) {
        await pause(ASK_EVERY_MS);
        const now = await get(path, AS);
        compared = now.runs > (first?.runs ?? 0) && now.state === 'done';
      }
      if (signal.aborted) return;
      toast(compared ? 'The day is compared.' : 'The provider’s statement of this day is not there yet. It is asked for again by itself.');
      again();
    },
  });
}

async function report(query, signal) {
  if (query.get('channel') === 'manual') return h('p', { class: 'muted' }, 'What staff marked as paid stands in no provider’s statement.');
  const load = (cursor) => get(withQuery('/v1/admin/reconciliation', { channel: query.get('channel'), day: query.get('day'), limit: 50, cursor }), { ...AS, signal });
  try {
    const [list, first] = await growing(load, (one) => differenceRow(one, query), 'No difference.', signal);
    const openN = first.differences.reduce((n, one) => n + one.open, 0);
    return h('div', null,
      h('p', null, openN > 0 ? badge(openN === 1 ? '1 open' : `${openN} open`, 'wait') : badge('All settled', 'good'), ` ${first.matched} of ${first.lines} lines agree. Compared ${first.runs === 1 ? 'once' : `${first.runs} times`}, ${first.finished_at ? `last ${when(first.finished_at)}` : 'and not finished yet'}.`), list,
      may('support', 'admin', 'ops') && compare(query, first, signal));
  } catch (problem) {
    if (problem.status !== 404) throw problem;
    return h('div', null, h('p', { class: 'muted' }, 'This day was not compared yet. It happens by itself once the provider’s statement is there.'),
      may('support', 'admin', 'ops') && compare(query, null, signal));
  }
}

function transferRow(one) {
  const back = one.kind === 'refund';
  const failed = one.state === 'FAILED';
  return h('li', { class: 'order-row transfer' },
    h('div', null, orderLink(one.order_id), h('p', { class: 'muted' }, back ? refundCauseWords(one.cause) : one.refund_due ? 'Not needed, goes back' : 'Paid'),
      h('p', { class: 'muted small' }, dotted(when(one.at), one.fee > 0 && `fee ${money(one.fee, one.currency)}`, one.statement_day ? 'stands in the statement' : null))),
    badge(failed ? 'Failed' : back ? 'Given back' : 'Taken', failed ? 'end' : back ? 'wait' : 'good'),
    h('strong', { class: 'order-total' }, `${back && !failed ? '−\u2060' : ''}${money(one.amount, one.currency)}`));
}

async function moved(query, signal) {
  const load = (cursor) => get(withQuery('/v1/admin/ledger', { channel: query.get('channel'), day: query.get('day'), limit: 20, cursor }), { ...AS, signal });
  const [list, first] = await growing(load, transferRow, 'No money moved on this day.', signal);
  return h('div', null, first.away.length > 0 && h('p', { class: 'notice', role: 'status' }, 'A part of the shop did not answer in time, so payments may be missing here. Please look again in a moment.'), list);
}

/* "#/staff/money", "#/staff/money?channel=…&day=…". */
export async function staffMoney(page) {
  page.title('Money');
  if (!admitted(page, 'support', 'admin', 'ops')) return;
  const { query, signal } = page;
  page.put(loading('Loading', h('div', { class: 'narrow' }, skeleton('row-shape', 4))));
  const day = query.get('day');
  const [[cases], found, transfers] = await Promise.all([
    growing((cursor) => get(withQuery('/v1/admin/payment-cases', { state: 'open', limit: 10, cursor }), { ...AS, signal }), caseRow, 'Nothing waits for a person.', signal),
    day ? report(query, signal) : null,
    day ? moved(query, signal) : null,
  ]);
  page.put(frame('Money',
    h('section', null, h('h2', null, 'Waits for a person'), h('div', { class: 'panel' }, cases)),
    h('section', null, h('h2', null, 'A day at a provider'), dayForm(query),
      day && h('section', { class: 'panel day-part' }, h('h3', null, 'The statement and the books'), found),
      day && h('section', { class: 'panel day-part' }, h('h3', null, 'Payments and refunds'), transfers))));
  page.ready();
}
