import type { FastifyRequest } from 'fastify';
import type { ZodType } from 'zod';
import { InvalidInputError } from '../../errors/invalid-input.error.js';
import type { Book } from '../book.schema.js';
import type { Catalogue } from '../catalogue.js';
import type { ReadyName } from './catalogue-answers.js';

/** A query that was read: what it asks for, and how that is found. */
export interface Asked {
  /** The same for all that are answered the same, however they are written. */
  readonly text: string;
  readonly find: (catalogue: Catalogue) => Book[];
  /** The answer that is kept at hand, when nothing else is asked for. */
  readonly ready?: ReadyName;
  /** The category that is asked about, folded. */
  readonly category?: string;
  /** The same address came before. */
  readonly again?: boolean;
}

const MOST_KNOWN = 2000;
const LONGEST_KNOWN = 500;

/**
 * What may be asked at one route. Addresses that came before are known by their text: to read a query and to bring it into its one
 * form costs more than to find its answer. For that it stands in the place of `@Query({ schema })`.
 */
export class Question<Query> {
  private readonly known = new Map<string, Asked>();

  /** @param understand what a query asks for */
  constructor(
    readonly schema: ZodType<Query>,
    private readonly understand: (query: Query) => Asked,
  ) {}

  /** @throws {InvalidInputError} */
  read({ url, query }: Pick<FastifyRequest, 'url' | 'query'>): Asked {
    const known = this.known.get(url);
    if (known) return known;
    const parsed = this.schema.safeParse(query);
    if (!parsed.success) throw new InvalidInputError(parsed.error.issues);
    const asked = this.understand(parsed.data);
    if (url.length <= LONGEST_KNOWN) this.learn(url, { ...asked, again: true });
    return asked;
  }

  private learn(url: string, asked: Asked): void {
    this.known.set(url, asked);
    const [oldest] = this.known.keys();
    if (this.known.size > MOST_KNOWN) this.known.delete(oldest);
  }
}
