// Numbers for Prometheus, in its text format 0.0.4. No names of tenants, agents or tokens: who may scrape may not read.

/** Labels and their values, in a fixed order. */
type Labels = Readonly<Record<string, string>>;

/** A metric: `lines` gives its samples as they are now. */
interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  lines(): Iterable<string>;
}

/** Upper bounds, in seconds, of how long answers take. */
const bucketBounds = [0.005, 0.025, 0.1, 0.25, 1, 2.5, 10] as const;
/** Different label values of one metric; further ones are not told apart. They come from route patterns, never from what a peer sends. */
const seriesMax = 500;

/** Counts by labels. */
export class Counter implements Metric {
  readonly type = 'counter';
  readonly name: string;
  readonly help: string;
  readonly #counts = new Map<string, number>();

  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
  }

  add(labels: Labels = {}, by = 1): void {
    const series = spell(labels);
    if (this.#counts.size >= seriesMax && !this.#counts.has(series)) return;
    this.#counts.set(series, (this.#counts.get(series) ?? 0) + by);
  }

  *lines(): Generator<string> {
    for (const [series, count] of this.#counts) yield `${this.name}${series} ${count}`;
  }
}

/** How long something takes, by labels. */
export class Durations implements Metric {
  readonly type = 'histogram';
  readonly name: string;
  readonly help: string;
  readonly #series = new Map<string, { readonly labels: Labels; readonly buckets: number[]; seconds: number; count: number }>();

  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
  }

  add(seconds: number, labels: Labels = {}): void {
    const key = spell(labels);
    if (this.#series.size >= seriesMax && !this.#series.has(key)) return;
    const series = this.#series.get(key) ?? { labels, buckets: bucketBounds.map(() => 0), seconds: 0, count: 0 };
    for (const [at, bound] of bucketBounds.entries()) if (seconds <= bound) series.buckets[at] = (series.buckets[at] ?? 0) + 1;
    series.seconds += seconds;
    series.count++;
    this.#series.set(key, series);
  }

  *lines(): Generator<string> {
    for (const { labels, buckets, seconds, count } of this.#series.values()) {
      for (const [at, bound] of bucketBounds.entries()) {
        yield `${this.name}_bucket${spell({ ...labels, le: String(bound) })} ${buckets[at] ?? 0}`;
      }
      yield `${this.name}_bucket${spell({ ...labels, le: '+Inf' })} ${count}`;
      yield `${this.name}_sum${spell(labels)} ${seconds}`;
      yield `${this.name}_count${spell(labels)} ${count}`;
    }
  }
}

/** All metrics of the process. */
export class Metrics {
  readonly requests: Durations = new Durations('agent_audit_http_request_duration_seconds', 'How long answers took, by route and status.');
  readonly #metrics: Metric[] = [this.requests];

  /** A number that grows. */
  counter(name: string, help: string): Counter {
    const counter = new Counter(name, help);
    this.#metrics.push(counter);
    return counter;
  }

  /** A number that is asked for at each scrape; undefined leaves it out. */
  gauge(name: string, help: string, value: () => number | undefined, type: 'gauge' | 'counter' = 'gauge'): void {
    this.#metrics.push({
      name,
      help,
      type,
      *lines() {
        const now = value();
        if (now !== undefined) yield `${name} ${now}`;
      },
    });
  }

  /** The text that Prometheus reads. */
  text(): string {
    const blocks = this.#metrics.map((metric) => {
      const samples = [...metric.lines()];
      if (samples.length === 0) return '';
      return `# HELP ${metric.name} ${metric.help}\n# TYPE ${metric.name} ${metric.type}\n${samples.join('\n')}\n`;
    });
    return blocks.join('');
  }
}

function spell(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replaceAll(/[\\"\n]/g, escapeSign)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeSign(sign: string): string {
  return sign === '\n' ? String.raw`\n` : `\\${sign}`;
}
