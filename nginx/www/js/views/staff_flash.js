/* Flash sales for staff: all of them, and scheduling another one. */

import { get, withQuery } from '../api.js';
import { h, toast } from '../dom.js';
import { money, when } from '../money.js';
import { loading, skeleton } from '../parts.js';
import { go } from '../router.js';
import { staffBadge } from './flash.js';
import { admitted, AS, frame, growing } from './staff.js';
import { newSaleForm } from './staff_flash_form.js';

const PER_PAGE = 30;

function row(sale) {
  return h('li', { class: 'order-row' },
    h('div', null, h('a', { class: 'order-link', href: `#/staff/flash/${sale.sale_id}` }, sale.title),
      h('p', { class: 'muted' }, `${sale.units} ${sale.units === 1 ? 'unit' : 'units'}, ${sale.per_account} for each buyer`), h('p', { class: 'muted small' }, `${when(sale.starts_at)} – ${when(sale.ends_at)}`)),
    staffBadge(sale), h('strong', { class: 'order-total' }, money(sale.price, sale.currency)));
}

/* "#/staff/flash". */
export async function staffFlash(page) {
  page.title('Flash sales');
  if (!admitted(page, 'merchant', 'admin')) return;
  const { signal } = page;
  page.put(loading('Loading the sales', h('div', { class: 'narrow' }, skeleton('row-shape', 5))));
  const load = (cursor) => get(withQuery('/v1/admin/flash', { limit: PER_PAGE, cursor }), { ...AS, signal });
  const [list] = await growing(load, row, 'No sale was ever scheduled.', signal);
  page.put(frame('Flash sales', h('p', null, h('a', { class: 'button primary', href: '#/staff/flash/new' }, 'Schedule a sale')), list));
  page.ready();
}

/* What is said when every shard may not have heard of it yet. */
export const heard = (words, sale) => toast(sale?.propagating ? `${words} A part of the shop hears of it in a moment.` : words);

/* "#/staff/flash/new". */
export function staffFlashNew(page) {
  page.title('Schedule a sale');
  if (!admitted(page, 'merchant', 'admin')) return;
  page.put(frame('Schedule a sale', h('section', { class: 'panel' }, h('h2', null, 'The sale'), newSaleForm((words, sale) => {
    heard(words, sale);
    go(`#/staff/flash/${sale.sale_id}`);
  }))));
  page.ready();
}
