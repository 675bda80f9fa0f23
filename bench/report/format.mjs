// Numbers and tables as the report shows them.

/** A number with so many decimals and thousands apart; "n/a" where there is none. */
export function number(value, decimals = 0) {
  if (value === undefined || !Number.isFinite(value)) return 'n/a';
  return value.toLocaleString('en', {
    minimumFractionDigits: decimals,
    maximumFractionDigits: decimals,
  });
}

/** A table in Markdown: titles, then rows. Numbers stand to the right of the first column. */
export function table(titles, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const rule = titles.map((_, index) => (index === 0 ? '---' : '--:'));
  return [line(titles), line(rule), ...rows.map(line)].join('\n');
}

/**
 * One promise beside what came of it. `atLeast` or `atMost` is the bound; a result that is not
 * known, because somebody did not run, has met nothing.
 */
export function target({ what, result, atLeast, atMost, unit = '', decimals = 2 }) {
  const bound = atLeast ?? atMost;
  const isMet = atLeast === undefined ? result <= atMost : result >= atLeast;
  return {
    ...{ what, result, bound, isMet },
    cells: [
      what,
      `${atLeast === undefined ? '<=' : '>='} ${bound.toLocaleString('en')}${unit}`,
      `${number(result, decimals)}${Number.isFinite(result) ? unit : ''}`,
      isMet ? 'met' : Number.isFinite(result) ? '**missed**' : '**not measured**',
    ],
  };
}
