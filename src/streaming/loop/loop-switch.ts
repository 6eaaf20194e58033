import { type CanActivate, Injectable } from '@nestjs/common';
import { LabConfig } from '../../config/lab-config.js';
import { LoopOffError } from './loop.errors.js';

/** In front of every route of the loop: where it does not run, they say so. */
@Injectable()
export class LoopSwitch implements CanActivate {
  constructor(private readonly config: LabConfig) {}

  /** @throws {LoopOffError} */
  canActivate(): boolean {
    if (!this.config.loop.on) throw new LoopOffError();
    return true;
  }
}
