// Medians and percentiles of lists of numbers; NaN of an empty one.

export function percentile(list, share) {
  const sorted = Float64Array.from(list).sort();
  return sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
}

/** The middle one, or the mean of the two in the middle. */
export function median(list) {
  const sorted = Float64Array.from(list).sort();
  const half = sorted.length / 2;
  if (sorted.length % 2 === 1) return sorted[Math.floor(half)];
  return (sorted[half - 1] + sorted[half]) / 2;
}

export const percentiles = (list) => ({ p50: percentile(list, 0.5), p99: percentile(list, 0.99) });
