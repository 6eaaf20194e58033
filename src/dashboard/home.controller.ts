import { Controller, Get, Headers, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { OpenToAll } from '../auth/access.decorator.js';
import { VERSION } from '../config/version.js';

@ApiExcludeController()
@Controller()
@OpenToAll()
export class HomeController {
  /** A browser goes on to Swagger UI; anything else is told what it has found. */
  @Get()
  home(
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): { status: string; version: string } | undefined {
    if (!accept?.includes('text/html')) return { status: 'ok', version: VERSION };
    void reply.redirect('/docs', 302);
    return undefined;
  }
}
