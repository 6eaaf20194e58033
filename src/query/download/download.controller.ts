import { Controller, Get, Headers, Param, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiParam, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { RequireRole } from '../../auth/access.decorator.js';
import { clientGone } from '../../http/client-gone.js';
import { ApiProblems } from '../../http/problem.schema.js';
import { DownloadQuery } from './download.schema.js';
import { DownloadService } from './download.service.js';

const FILE = { schema: { type: 'string', format: 'binary' } } as const;

@ApiTags('data')
@Controller('api/v1/datasets')
@RequireRole('viewer')
export class DownloadController {
  constructor(private readonly downloads: DownloadService) {}

  @Get(':name/download')
  @ApiOperation({
    summary: 'A whole table as a file, or as a tar of folders',
    description: 'As of any version. With `If-None-Match` what the caller has already is not sent again.',
  })
  @ApiParam({ name: 'name', description: 'Layer and table', example: 'gold.routes' })
  @ApiHeader({ name: 'if-none-match', required: false, description: 'The ETag of what the caller has' })
  @ApiProduces('application/vnd.apache.parquet', 'text/csv', 'application/json', 'application/x-tar')
  @ApiResponse({ status: 200, description: 'The file', ...FILE })
  @ApiResponse({ status: 304, description: 'The caller has it' })
  @ApiProblems(400, 404, 410, 422)
  async download(
    @Param('name') name: string,
    @Query({ schema: DownloadQuery }) query: DownloadQuery,
    @Headers('if-none-match') known: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile | undefined> {
    const download = await this.downloads.of(name, query);
    if (isKnown(download.etag, known)) {
      void reply.status(304).header('etag', download.etag);
      return undefined;
    }
    const { stream, bytes } = await download.open(clientGone(reply));
    void reply.header('etag', download.etag);
    return new StreamableFile(stream, {
      type: download.type,
      disposition: `attachment; filename="${download.fileName}"`,
      ...(bytes !== undefined && { length: bytes }),
    });
  }
}

const isKnown = (etag: string, known = ''): boolean =>
  known.split(',').some((tag) => tag.trim() === '*' || strong(tag) === strong(etag));

const strong = (tag: string): string => tag.trim().replace(/^W\//, '');
