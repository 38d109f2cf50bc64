import { otlpLines } from './lines/otlp.ts';

const { ours } = await otlpLines[0]!.setup();
await ours.run(3000);
