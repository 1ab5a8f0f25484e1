/* What an order in a flash sale would cost as things are chosen now. It is asked when somebody wants to know, and only the last answer counts. */

import { Problem, post } from './api.js';

/* `path`: of the sale. `show(quote, before)` is told of each price, and of the one of the same choice before it, if any; `fail(problem)` that
 * there is none. */
export function saleQuote({ path, signal, show, fail }) {
  let choice = { qty: 1, place: {}, shipping: null };
  let turn = 0;
  let asked = null;
  let quote = null;
  let quoted = ''; // what was chosen for it

  const ask = ({ qty, place, shipping }) => post(`${path}/quote`, { qty, ...(place.country && { address: place }), ...(shipping && { shipping_method: shipping }) }, { as: 'account', again: true, signal });

  /* A way to ship that does not go there is given up. */
  async function asking() {
    try {
      return await ask(choice);
    } catch (problem) {
      if (problem.code !== 'shipping.unavailable' || !choice.shipping) throw problem;
      choice = { ...choice, shipping: null };
      return ask(choice);
    }
  }

  function found(answer) {
    const now = JSON.stringify(choice);
    const before = now === quoted ? quote : null;
    quote = answer;
    quoted = now;
    show(quote, before);
    return quote;
  }

  /* Asks; resolves to the quote, or to null when there is none and `fail` was told why. */
  function again() {
    const mine = ++turn;
    asked = asking().then((answer) => (mine === turn ? found(answer) : asked)).catch((problem) => {
      if (signal.aborted || !(problem instanceof Problem)) throw problem;
      if (mine !== turn) return asked;
      asked = null;
      quote = null;
      fail(problem);
      return null;
    });
    return asked;
  }

  return {
    again,
    /* The price of what is chosen now, where it is known. */
    get quote() { return JSON.stringify(choice) === quoted ? quote : null; },
    get asked() { return asked !== null; },
    /* Asks where something else is chosen by `changes`, or there was no answer. */
    set(changes) {
      const was = JSON.stringify(choice);
      choice = { ...choice, ...changes };
      return asked && JSON.stringify(choice) === was ? asked : again();
    },
    /* `changes` without asking. */
    note(changes) { choice = { ...choice, ...changes }; },
  };
}
