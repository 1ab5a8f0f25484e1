/* An address that leads nowhere. */

import { h } from '../dom.js';
import { empty } from '../parts.js';

export function missing(page) {
  page.title('Not here');
  page.put(empty('Nothing at this address', 'The link may be incomplete or out of date.', h('a', { class: 'button', href: '#/' }, 'To the shop')));
  page.ready();
}
