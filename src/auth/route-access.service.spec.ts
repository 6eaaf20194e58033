import { All, Controller, Delete, Get, Post } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { OpenToAll, RequireRole } from './access.decorator.js';
import { RouteAccessService } from './route-access.service.js';

@RequireRole('viewer')
@Controller('api/v1/things/')
class Things {
  @Get()
  list(): void {}

  @Get(['/:id', ':id/parts'])
  find(): void {}

  @Delete(':id')
  @RequireRole('admin')
  remove(): void {}

  helper(): void {}
}

@Controller(['old', 'new'])
class Mixed {
  @Post('open')
  @OpenToAll()
  open(): void {}

  @All('forgotten')
  forgotten(): void {}
}

describe('RouteAccessService', () => {
  const open = async (...controllers: (typeof Things | typeof Mixed)[]): Promise<RouteAccessService> => {
    const module = await Test.createTestingModule({
      imports: [DiscoveryModule],
      controllers,
      providers: [RouteAccessService],
    }).compile();
    return module.get(RouteAccessService);
  };

  it('lists the routes of a controller with the nearest declaration', async () => {
    expect((await open(Things)).list()).toEqual([
      { method: 'GET', path: '/api/v1/things', access: { role: 'viewer' } },
      { method: 'DELETE', path: '/api/v1/things/:id', access: { role: 'admin' } },
      { method: 'GET', path: '/api/v1/things/:id', access: { role: 'viewer' } },
      { method: 'GET', path: '/api/v1/things/:id/parts', access: { role: 'viewer' } },
    ]);
  });

  it('shows what is open to all, and what nobody declared', async () => {
    expect((await open(Mixed)).describe()).toBe(
      [
        '| method | path | who |',
        '| --- | --- | --- |',
        '| ALL | `/new/forgotten` | nobody (not declared) |',
        '| POST | `/new/open` | everybody |',
        '| ALL | `/old/forgotten` | nobody (not declared) |',
        '| POST | `/old/open` | everybody |',
        '',
      ].join('\n'),
    );
  });
});
