import { Controller, Get, Header, Inject, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiServiceUnavailableResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { register } from 'prom-client';
import { z } from 'zod';
import { OpenToAll } from '../auth/access.decorator.js';
import { LabConfig } from '../config/lab-config.js';
import { Drain } from '../http/drain.js';
import { HealthFacts } from '../http/health-facts.js';
import { ApiProblems } from '../http/problem.schema.js';
import { ApiHealth, Health, Liveness, MetricsSummary, Readiness } from './health.schema.js';
import { HealthService } from './health.service.js';
import { MetricsNotPublicError, NotReadyError } from './monitoring.errors.js';
import { Totals } from './totals.js';

/** Prometheus asks for text in several forms, and a browser for HTML; who wants JSON says so first. */
const JSON_FIRST = /^\s*application\/json\b/i;

@ApiTags('health')
@Controller()
@OpenToAll()
export class MonitoringController {
  constructor(
    private readonly health: HealthService,
    private readonly totals: Totals,
    private readonly facts: HealthFacts,
    private readonly drain: Drain,
    @Inject(LabConfig) private readonly config: LabConfig,
  ) {}

  @Get('health')
  @ApiOperation({
    summary: 'Every engine with its latency; 503 when one that is needed does not answer, `degraded` when another one does not',
  })
  @ApiOkResponse({ standardSchema: Health })
  @ApiServiceUnavailableResponse({ standardSchema: Health, description: 'The same; a part that is needed does not answer' })
  async report(@Res({ passthrough: true }) reply: FastifyReply): Promise<Health> {
    const report = await this.health.report();
    if (report.status === 'unhealthy') reply.status(503);
    return report;
  }

  @Get('health/live')
  @ApiOperation({ summary: 'The process runs' })
  @ApiOkResponse({ standardSchema: Liveness })
  live(): { status: 'alive' } {
    return { status: 'alive' };
  }

  @Get('health/ready')
  @ApiOperation({ summary: 'The process may take traffic' })
  @ApiOkResponse({ standardSchema: Readiness })
  @ApiProblems(503)
  async ready(): Promise<{ status: 'ready' }> {
    if (this.drain.hasBegun) throw new NotReadyError(['it is about to stop']);
    const { parts } = await this.health.report();
    const away = Object.entries(parts).filter(([, { status }]) => status === 'unhealthy');
    if (away.length > 0) throw new NotReadyError(away.map(([name, { detail }]) => `${name}: ${detail}`));
    return { status: 'ready' };
  }

  @Get('api/v1/health')
  @ApiOperation({ summary: 'The same in the words of older clients' })
  @ApiOkResponse({ standardSchema: ApiHealth })
  async api(): Promise<ApiHealth> {
    const [report, facts] = await Promise.all([this.health.report(), this.facts.report()]);
    return { ...facts, ...report, status: 'ok', message: 'API is operational' };
  }

  @Get('metrics')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({
    summary: 'Metrics for Prometheus; needs a token unless METRICS_PUBLIC is on',
    description: 'Who asks for `application/json` before anything else gets the few totals that older clients know.',
  })
  @ApiOkResponse({
    content: {
      'text/plain': { schema: { type: 'string' } },
      'application/json': { schema: z.toJSONSchema(MetricsSummary, { target: 'openapi-3.0' }) as object },
    },
  })
  @ApiProblems(401)
  async metrics(
    @Req() request: FastifyRequest & { user?: unknown },
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | MetricsSummary> {
    if (!this.config.metricsPublic && !request.user) throw new MetricsNotPublicError();
    void reply.header('vary', 'Accept');
    if (JSON_FIRST.test(request.headers.accept ?? '')) return this.totals.read();
    void reply.type(register.contentType);
    return register.metrics();
  }
}
