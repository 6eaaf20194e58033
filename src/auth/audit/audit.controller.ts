import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Page } from '../../http/page.schema.js';
import { ApiProblems } from '../../http/problem.schema.js';
import { RequireRole } from '../access.decorator.js';
import { type AuditEntry, AuditPage, AuditQuery } from './audit.schema.js';
import { AuditLog } from './audit-log.js';

@ApiTags('audit')
@Controller('api/v1/audit')
export class AuditController {
  constructor(private readonly log: AuditLog) {}

  @Get()
  @RequireRole('admin')
  @ApiOperation({ summary: 'Who wrote what, and who was refused what; newest first' })
  @ApiOkResponse({ standardSchema: AuditPage })
  @ApiProblems(400)
  list(@Query({ schema: AuditQuery }) query: AuditQuery): Promise<Page<AuditEntry>> {
    return this.log.list(query);
  }
}
