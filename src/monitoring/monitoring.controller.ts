import { Controller, Get, Header, Inject, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { register } from 'prom-client';
import { OpenToAll } from '../auth/access.decorator.js';
import { LabConfig } from '../config/lab-config.js';
import { ApiProblems } from '../http/problem.schema.js';
import { ApiHealth, Health, Liveness, Readiness } from './health.schema.js';
import { HealthService } from './health.service.js';
import { MetricsNotPublicError, NotReadyError } from './monitoring.errors.js';

@ApiTags('health')
@Controller()
@OpenToAll()
export class MonitoringController {
  constructor(
    private readonly health: HealthService,
    @Inject(LabConfig) private readonly config: LabConfig,
  ) {}

  @Get('health')
  @ApiOperation({ summary: 'Every engine with its latency; 503 when one that is needed does not answer' })
  @ApiOkResponse({ standardSchema: Health })
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
    const { parts } = await this.health.report();
    const away = Object.entries(parts).filter(([, { status }]) => status === 'unhealthy');
    if (away.length > 0) throw new NotReadyError(away.map(([name, { detail }]) => `${name}: ${detail}`));
    return { status: 'ready' };
  }

  @Get('api/v1/health')
  @ApiOperation({ summary: 'The same in the words of older clients' })
  @ApiOkResponse({ standardSchema: ApiHealth })
  async api(): Promise<ApiHealth> {
    return { ...(await this.health.report()), status: 'ok', message: 'API is operational' };
  }

  @Get('metrics')
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'Metrics for Prometheus; needs a token unless METRICS_PUBLIC is on' })
  @ApiProduces('text/plain')
  @ApiOkResponse({ schema: { type: 'string' } })
  @ApiProblems(401)
  async metrics(
    @Req() request: FastifyRequest & { user?: unknown },
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    if (!this.config.metricsPublic && !request.user) throw new MetricsNotPublicError();
    void reply.type(register.contentType);
    return register.metrics();
  }
}
