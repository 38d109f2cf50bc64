import { AsyncLocalStorage } from 'node:async_hooks';
import fastify from 'fastify';
import { serve } from './serve.js';
const app = fastify();
const which = process.env.SIGNALS!;
const als = new AsyncLocalStorage<object>();
const S = Symbol('x');
function onClose(this: any) { if (this[S] === undefined) throw 1; }
if (which.includes('als')) app.addHook('onRequest', (_q, _r, done) => { als.run({}, done); });
if (which.includes('hook')) app.addHook('onRequest', (_q, _r, done) => { done(); });
if (which.includes('pre')) app.addHook('preValidation', (_q, _r, done) => { done(); });
if (which.includes('close')) app.addHook('onRequest', (_q, r, done) => { (r.raw as any)[S] = {}; r.raw.on('close', onClose); done(); });
if (which.includes('both')) app.addHook('onRequest', (_q, r, done) => { (r.raw as any)[S] = {}; r.raw.on('close', onClose); r.raw.on('finish', onClose); done(); });
app.get('/hello/:name', () => ({ hello: 'world' }));
await serve(app);
