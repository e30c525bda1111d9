// Ages as texts for people.

/** "45s", "12m", "3h20m", "4d3h": the two largest units, without a fraction. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return withRest(minutes, 'm', seconds % 60, 's')
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return withRest(hours, 'h', minutes % 60, 'm')
  return withRest(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

function withRest(count: number, unit: string, rest: number, smaller: string): string {
  return `${count}${unit}${rest === 0 ? '' : `${rest}${smaller}`}`
}
