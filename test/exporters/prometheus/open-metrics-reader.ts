/** A reader of OpenMetrics 1.0, written from its specification, to hold telltale's writer to it. */
export interface OpenSample {
  name: string;
  labels: Record<string, string>;
  value: number;
  exemplar?: { labels: Record<string, string>; value: number; timestamp?: number };
}

export interface OpenFamily {
  name: string;
  type: string;
  help: string;
  unit: string;
  samples: OpenSample[];
}

/** What the names of a family's samples may end in. */
const SUFFIXES: Record<string, readonly string[]> = {
  counter: ['_total', '_created'],
  gauge: [''],
  unknown: [''],
  histogram: ['_bucket', '_sum', '_count', '_created'],
  summary: ['', '_sum', '_count', '_created'],
  info: ['_info'],
  stateset: [''],
};

export function parseOpenMetrics(text: string): OpenFamily[] {
  if (!text.endsWith('# EOF\n')) throw new Error('it does not end in # EOF');
  const families: OpenFamily[] = [];
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    const [, keyword, name, rest] = /^# (TYPE|HELP|UNIT) ([a-zA-Z_:][\w:]*) (.*)$/su.exec(line) ?? [];
    if (keyword === undefined) {
      families.at(-1)!.samples.push(parseSample(line, families.at(-1)!));
      continue;
    }
    let family = families.at(-1);
    if (family?.name !== name) {
      if (families.some((other) => other.name === name)) fail(line);
      family = { name: name!, type: '', help: '', unit: '', samples: [] };
      families.push(family);
    }
    const field = keyword.toLowerCase() as 'type' | 'help' | 'unit';
    if (family!.samples.length > 0 || family![field] !== '') fail(line);
    family![field] = field === 'help' ? unescaped(rest!) : rest!;
    if (field === 'unit' && !name!.endsWith(`_${rest}`)) fail(line);
    if (field === 'type' && !(rest! in SUFFIXES)) fail(line);
  }
  return families;
}

function parseSample(line: string, family: OpenFamily): OpenSample {
  const reader = { line, at: 0 };
  const name = take(reader, /[a-zA-Z_:][\w:]*/y);
  if (!SUFFIXES[family.type]!.some((suffix) => name === family.name + suffix)) fail(line);
  const labels = line[reader.at] === '{' ? readLabels(reader) : {};
  const value = readNumber(take(reader, / (NaN|[+-]Inf|-?[0-9.]+(?:e[+-][0-9]+)?)/y));
  const sample: OpenSample = { name, labels, value };
  if (reader.at < line.length) {
    take(reader, / # /y);
    const own = readLabels(reader);
    const [exemplar, timestamp] = take(reader, / .*$/y).slice(1).split(' ');
    const length = Object.entries(own).join('').length;
    if (length > 128 || !/_(?:total|bucket)$/.test(name)) fail(line);
    sample.exemplar = { labels: own, value: readNumber(` ${exemplar}`) };
    if (timestamp !== undefined) sample.exemplar.timestamp = Number(timestamp);
  }
  return sample;
}

interface Reader {
  readonly line: string;
  at: number;
}

function readLabels(reader: Reader): Record<string, string> {
  const labels: Record<string, string> = {};
  take(reader, /\{/y);
  while (reader.line[reader.at] !== '}') {
    const name = take(reader, /[a-zA-Z_]\w*/y);
    if (name in labels) fail(reader.line);
    const quoted = take(reader, /="(?:[^"\\]|\\.)*"/suy);
    labels[name] = unescaped(quoted.slice(2, -1));
    if (reader.line[reader.at] === ',') reader.at++;
    else if (reader.line[reader.at] !== '}') fail(reader.line);
  }
  reader.at++;
  return labels;
}

function take(reader: Reader, pattern: RegExp): string {
  pattern.lastIndex = reader.at;
  const found = pattern.exec(reader.line)?.[0] ?? fail(reader.line);
  reader.at += found.length;
  return found;
}

function readNumber(text: string): number {
  return Number(text.trim().replace('Inf', 'Infinity'));
}

function unescaped(text: string): string {
  if (/(?:^|[^\\])(?:\\\\)*\\(?![n"\\])/su.test(text) || /(?:^|[^\\])(?:\\\\)*"/su.test(text)) fail(text);
  return text.replace(/\\(.)/gsu, (_, character) => (character === 'n' ? '\n' : character));
}

function fail(line: string): never {
  throw new Error(`not OpenMetrics: ${JSON.stringify(line)}`);
}
