/* What of an order can be sent back, and how far a return has come. */

const SENT = ['SHIPPED', 'DELIVERED'];
const RETURNABLE = ['PARTIALLY_SHIPPED', 'SHIPPED', 'DELIVERED', 'COMPLETED'];

export const ended = (one) => ['REFUNDED', 'REPLACED', 'REJECTED', 'WITHDRAWN'].includes(one.state);

const unitsOf = (items, line, units) => items.filter((item) => item.line === line).reduce((n, item) => n + units(item), 0);

/* Units of a line that were sent, replacements too, and neither came back nor are on their way back. */
function leftOf(order, line) {
  const sent = unitsOf(order.shipments.filter((parcel) => SENT.includes(parcel.state)).flatMap((parcel) => parcel.items), line, (item) => item.qty);
  const back = unitsOf(order.returns.filter((one) => !['REJECTED', 'WITHDRAWN'].includes(one.state)).flatMap((one) => one.items), line, (item) => item.received ?? item.qty);
  return sent - back;
}

/* [{line, left}] of what may be sent back; the shop has the last word. */
export function returnable(order) {
  if (!RETURNABLE.includes(order.state) || !order.shipments || !order.returns) return [];
  return order.items.map((line) => ({ line, left: leftOf(order, line.line) })).filter(({ left }) => left > 0);
}

/* Whether its buyer may still keep the units. */
export const withdrawable = (one) => ['REQUESTED', 'APPROVED'].includes(one.state);

/* "2 × Lamp, 1 × Mug": what a return is about. */
export const itemWords = (one) => one.items.map((item) => `${item.qty}\u00a0×\u00a0${item.title}`).join(', ');
