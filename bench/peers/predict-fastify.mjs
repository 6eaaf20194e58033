// A bare Fastify route that checks a JWT and its body, and predicts nothing: what the framework below us can do.
import { createSecretKey } from 'node:crypto';
import { JwtService } from '@nestjs/jwt';
import Fastify from 'fastify';

const jwt = new JwtService({
  secret: createSecretKey(Buffer.from(process.env.JWT_SECRET)),
  verifyOptions: { algorithms: ['HS256'] },
});
const numbers = { type: 'array', items: { type: 'number' } };
const server = Fastify();
server.post(
  '/predict',
  {
    schema: {
      body: { type: 'object', required: ['features'], properties: { features: { type: 'array', items: numbers } } },
      response: { 200: { type: 'object', properties: { predictions: numbers } } },
    },
    preHandler: async (request, reply) => {
      try {
        request.user = jwt.verify((request.headers.authorization ?? '').slice('Bearer '.length));
      } catch {
        await reply.code(401).send({});
      }
    },
  },
  async (request) => ({ predictions: [request.body.features.length] }),
);
console.log(`ready at ${await server.listen({ port: 0, host: '127.0.0.1' })}`);
process.on('SIGINT', () => void server.close());
