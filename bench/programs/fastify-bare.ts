/** Fastify's hello world with nothing around it: what the other two servers are measured against. */
import fastify from 'fastify';
import { serve } from './serve.js';

const app = fastify();
app.get('/hello/:name', () => ({ hello: 'world' }));
await serve(app);
