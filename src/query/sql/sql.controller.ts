import { Body, Controller, Headers, HttpCode, Post, Res, StreamableFile } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { RequireRole } from '../../auth/access.decorator.js';
import { clientGone } from '../../http/client-gone.js';
import { ApiProblems } from '../../http/problem.schema.js';
import { SqlAnswer, SqlRequest } from './sql.schema.js';
import { SqlReply } from './sql-reply.js';

@ApiTags('data')
@Controller('api/v1/sql')
@RequireRole('analyst')
export class SqlController {
  constructor(private readonly replies: SqlReply) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Ask the tables of the lake in SQL',
    description:
      'One SELECT over datasets. Closing the connection cancels it. `Accept` or `format` choose JSON, CSV, Parquet or Arrow.',
  })
  @ApiOkResponse({ standardSchema: SqlAnswer })
  @ApiProblems(400, 404, 408, 410, 422, 429, 503)
  ask(
    @Body({ schema: SqlRequest }) request: SqlRequest,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    return this.replies.to(request, accept, clientGone(reply));
  }
}
