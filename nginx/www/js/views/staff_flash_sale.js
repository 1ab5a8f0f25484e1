/* One flash sale for staff: as it runs, changing it, calling it off. */

import { call, get, newKey, pause, Problem } from '../api.js';
import { announce, h } from '../dom.js';
import { money, when } from '../money.js';
import { loading, skeleton, sure } from '../parts.js';
import { again } from '../router.js';
import { problemWords, saleWords, turnedAwayWords } from '../words.js';
import { staffBadge } from './flash.js';
import { admitted, AS, frame } from './staff.js';
import { press } from './staff_action.js';
import { heard } from './staff_flash.js';
import { changeSaleForm } from './staff_flash_form.js';

const LOOK_MS = 2000;
const LOOK_MS_MAX = 15_000; // of one that has ended
const TURNED_AWAY = ['sold_out', 'limit', 'waiting', 'place', 'challenge', 'early', 'over', 'rate_limited', 'busy', 'order'];
const running = (sale) => ['scheduled', 'open'].includes(sale.state);

/* Figures with their names: nodes are made once, so that nothing moves while they change. */
function figures(rows) {
  const tiles = rows.map(([name, of]) => ({ name, of, value: h('dd', null, '–') }));
  const node = h('dl', { class: 'tiles' }, tiles.map(({ name, value }) => h('div', { class: 'tile' }, h('dt', null, name), value)));
  return { node, show: (live) => tiles.forEach(({ of, value }) => { value.textContent = of(live) ?? '–'; }) };
}

const ofGate = (name) => (live) => live.gate?.[name];
const unitsOrdered = (live) => live.shards.reduce((n, shard) => n + (shard?.units ?? 0), 0);

const FIGURES = [
  ['Units left', (live) => live.left], ['Orders', (live) => live.orders], ['Let through in all', ofGate('in')],
  ['Waiting', ofGate('waiting')], ['Having their turn', ofGate('admitted')], ['Let in each second', ofGate('rate')],
  ['Entries each second', ofGate('entries_per_s')], ['Orders each second', ofGate('orders_per_s')], ['Turned away each second', ofGate('refusals_per_s')],
];

function shardTable() {
  const body = h('tbody');
  const node = h('table', { class: 'figures' }, h('caption', null, 'Each shard’s part'),
    h('thead', null, h('tr', null, ['Shard', 'Left', 'Orders', 'Ordered units', 'Allotted'].map((name) => h('th', { scope: 'col' }, name)))), body);
  const row = (shard, n) => h('tr', null, h('th', { scope: 'row' }, String(n)), shard ? [shard.left, shard.orders, shard.units, shard.allotted].map((value) => h('td', null, String(value))) : h('td', { colspan: 4 }, 'does not answer'));
  return { node, show: (live) => body.replaceChildren(...live.shards.map(row)) };
}

/* All that may be turned away, also what was not: nothing moves while it is looked at. */
function refusalTable() {
  const body = h('tbody');
  const node = h('table', { class: 'figures' }, h('caption', null, 'Turned away, since the gate was made'), h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Why'), h('th', { scope: 'col' }, 'How often'))), body);
  return {
    node,
    show(live) {
      const rows = Object.entries({ ...Object.fromEntries(TURNED_AWAY.map((why) => [why, 0])), ...live.gate?.refusals });
      body.replaceChildren(...rows.map(([why, n]) => h('tr', null, h('th', { scope: 'row' }, turnedAwayWords(why)), h('td', null, String(n)))));
    },
  };
}

function gateWords({ state, gate }) {
  if (!running({ state })) return 'Nobody is let in any more.';
  if (gate) return 'The gate is there.';
  return state === 'scheduled' ? 'Its queue has not opened yet.' : 'The gate is just being made; nobody is let in meanwhile.';
}

/* {node, show(live), fail(problem)}. The figures say nothing by themselves; a change of the sale's state is announced. */
function liveView() {
  const state = h('p', { class: 'live-state' });
  const sold = h('progress', { class: 'flash-progress', 'aria-label': 'Units that are ordered' });
  const soldText = h('p', { class: 'muted' });
  const told = h('p', { class: 'error', role: 'alert' });
  const parts = [figures(FIGURES), shardTable(), refusalTable()];
  let shown = '';
  return {
    node: h('section', { class: 'panel' }, h('h2', null, 'As it runs'), state, told, sold, soldText, parts.map((part) => part.node)),
    show(live) {
      const n = unitsOrdered(live);
      if (shown !== '' && shown !== live.state) announce(`The sale: ${saleWords(live.state).text}.`);
      state.replaceChildren(staffBadge(live), ` ${gateWords(live)}`);
      shown = live.state;
      sold.max = live.units;
      sold.value = Math.min(n, live.units);
      soldText.textContent = `${n} of ${live.units} units are ordered.`;
      told.textContent = '';
      parts.forEach((part) => part.show(live));
    },
    fail(problem) {
      told.textContent = `These figures may be old. ${problemWords(problem)}`;
    },
  };
}

function callOff(sale, done) {
  const told = h('p', { class: 'error', role: 'alert' });
  const key = newKey();
  const button = press('Call the sale off', async () => {
    if (!(await sure({ title: 'Call this sale off?', text: 'Nobody is let in any more, and what is left goes back to the stock. Orders that were made stay.', keep: 'Keep it', end: 'Call it off' }))) return;
    const { data } = await call('POST', `/v1/admin/flash/${sale.sale_id}/cancel`, { ...AS, key });
    done('The sale is called off.', data);
  }, told);
  return h('section', { class: 'panel' }, h('h2', null, 'Call it off'), h('p', null, 'Orders that were made stay as they are.'), button, told);
}

const about = (sale) => [money(sale.price, sale.currency), `${sale.units} units`, `${sale.per_account} for each buyer`, `${when(sale.starts_at)} – ${when(sale.ends_at)}`].join(' · ');

/* "#/staff/flash/<id>". */
export async function staffFlashSale(page) {
  page.title('Flash sale');
  if (!admitted(page, 'merchant', 'admin')) return;
  const { signal } = page;
  const path = `/v1/admin/flash/${page.parameters[0]}`;
  page.put(loading('Loading the sale', h('div', { class: 'narrow' }, skeleton('row-shape', 5))));
  const [{ data: sale, etag }, first] = await Promise.all([call('GET', path, { ...AS, signal }), get(`${path}/live`, { ...AS, signal })]);
  const done = (words, changed) => { heard(words, changed); again(); };
  const live = liveView();
  live.show(first);
  page.title(sale.title);
  page.put(frame(sale.title, h('p', { class: 'muted' }, about(sale)), h('p', null, h('a', { href: `#/flash/${sale.sale_id}` }, 'As buyers see it')), live.node,
    running(sale) && h('section', { class: 'panel' }, h('h2', null, 'Change it'), sale.state === 'open' && h('p', { class: 'muted' }, 'Units are in its pool: units, and how many one buyer may have, may only rise.'), changeSaleForm(sale, etag, done)),
    running(sale) && callOff(sale, done)));
  page.ready();
  for (let now = first; !signal.aborted;) {
    await pause(running(now) ? LOOK_MS : LOOK_MS_MAX, signal);
    if (document.hidden) continue;
    try {
      now = await get(`${path}/live`, { ...AS, signal });
      live.show(now);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      live.fail(problem);
    }
  }
}
