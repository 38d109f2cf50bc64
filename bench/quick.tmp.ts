import { otlpLines } from '/tmp/wt/export/bench/lines/otlp.ts';

for (const line of otlpLines) {
  const { ours, peer } = await line.setup();
  await ours.run(100);
  await peer.run(100);
  const r: number[] = [];
  const o: number[] = [];
  const p: number[] = [];
  for (let round = 0; round < 15; round++) {
    let t = performance.now();
    await ours.run(60);
    const a = performance.now() - t;
    t = performance.now();
    await peer.run(60);
    const b = performance.now() - t;
    r.push(b / a);
    o.push(a / 60);
    p.push(b / 60);
  }
  const med = (x: number[]) => x.sort((a, b) => a - b)[x.length >> 1];
  console.log(
    line.name,
    'ratio',
    med(r)!.toFixed(2),
    'ours ms',
    med(o)!.toFixed(3),
    'peer ms',
    med(p)!.toFixed(3),
  );
}
