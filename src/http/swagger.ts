import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { VERSION } from '../config/version.js';
import { withProblems } from './documented-problems.js';

/** Swagger UI at `/docs`, the document at `/docs-json`; everything the page needs comes from this process. */
export function setUpSwagger(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, () => describeApi(app), {
    customSiteTitle: 'DataFlow Lab',
    swaggerOptions: { persistAuthorization: true, tryItOutEnabled: true, displayRequestDuration: true, validatorUrl: null },
  });
}

export function describeApi(app: NestFastifyApplication): OpenAPIObject {
  const description = [
    'A whole data and ML lab in one process.',
    'Log in with `POST /api/v1/auth/login`, copy `access_token`, press **Authorize** and paste it. Every example works as it stands once the sample pipeline has run.',
  ].join('\n\n');
  const builder = new DocumentBuilder()
    .setTitle('DataFlow Lab')
    .setDescription(description)
    .setVersion(VERSION)
    .addBearerAuth()
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key' }, 'api_key');
  const tags = {
    auth: 'Who you are',
    users: 'Who may come in',
    'api keys': 'Programs that come in',
    audit: 'Who changed what, and who was refused',
    prediction: 'Models at work',
    training: 'Models in the making',
    models: 'Registered models',
    data: 'Tables of the lake',
    quarantine: 'Rows that were kept back, and their way in again',
    pipelines: 'Work and its history',
    streams: 'Topics, their messages, and where they go',
    books: 'The catalogue, open to all',
    'learning loop': 'Made-up people, and a model that learns what they earn while they come (STREAM_DEMO=on)',
    health: 'How the process is',
  };
  for (const [name, meaning] of Object.entries(tags)) builder.addTag(name, meaning);
  return withProblems(SwaggerModule.createDocument(app, builder.build()));
}
