/** A reader of the Prometheus text format 0.0.4, written from its specification, to hold telltale's writer to it. */
export interface ParsedSample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

export interface ParsedMetric {
  name: string;
  help: string;
  type: string;
  samples: ParsedSample[];
}

export function parseExposition(text: string): ParsedMetric[] {
  if (text === '') return [];
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const metrics: ParsedMetric[] = [];
  for (const line of text.slice(0, -1).split('\n')) {
    const current = metrics.at(-1);
    if (line.startsWith('# HELP ')) {
      const [, name, help] = /^# HELP (\S+) (.*)$/su.exec(line) ?? fail(line);
      metrics.push({ name: name!, help: unescaped(help!, false), type: '', samples: [] });
    } else if (line.startsWith('# TYPE ')) {
      const [, name, type] = /^# TYPE (\S+) (\S+)$/u.exec(line) ?? fail(line);
      if (current?.name !== name) fail(line);
      current!.type = type!;
    } else {
      if (current === undefined) fail(line);
      current!.samples.push(parseSample(line));
    }
  }
  return metrics;
}

function parseSample(line: string): ParsedSample {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/u.exec(line)?.[0] ?? fail(line);
  const labels: Record<string, string> = {};
  let at = name.length;
  if (line[at] === '{') {
    at++;
    while (line[at] !== '}') {
      const label = /^[a-zA-Z_][a-zA-Z0-9_]*/u.exec(line.slice(at))?.[0] ?? fail(line);
      if (label in labels) fail(line);
      at += label.length;
      if (line.slice(at, at + 2) !== '="') fail(line);
      const start = at + 2;
      for (at = start; line[at] !== '"'; at++) {
        if (at >= line.length) fail(line);
        if (line[at] === '\\') at++;
      }
      labels[label] = unescaped(line.slice(start, at), true);
      at++;
      if (line[at] === ',') at++;
      else if (line[at] !== '}') fail(line);
    }
    at++;
  }
  const number = line.slice(at);
  if (!/^ (?:NaN|[+-]Inf|-?[0-9.]+(?:e[+-][0-9]+)?)$/u.test(number)) fail(line);
  return { name, labels, value: Number(number.replace('Inf', 'Infinity')) };
}

function unescaped(text: string, quotes: boolean): string {
  let plain = '';
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '\\') plain += text[i];
    else {
      i++;
      if (text[i] === 'n') plain += '\n';
      else if (text[i] === '\\' || (quotes && text[i] === '"')) plain += text[i];
      else fail(text);
    }
  }
  return plain;
}

function fail(line: string): never {
  throw new Error(`not the text format: ${JSON.stringify(line)}`);
}
