import { decodeHTML, decodeHTMLAttribute } from 'entities/decode';
import { Parser } from 'htmlparser2';

/** An element in the flat list of those of its page. */
interface Element {
  readonly name: string;
  /** As on the page, `&amp;` and the like in them. */
  readonly attributes: Readonly<Record<string, string>>;
  /** How many others it is in. */
  readonly depth: number;
  /** Its text is from here to `textEnd` of all the text of the page. */
  readonly textBegin: number;
  textEnd: number;
  /** Place of the first element that follows and is not in it. */
  behind: number;
}

interface Page {
  /** The page itself, then all that are on it in their order. */
  readonly elements: readonly Element[];
  /** As on the page, too. */
  readonly texts: readonly string[];
}

/** Elements within elements. No page of a shop comes near, and the parser's work grows with the square of it. */
const DEEPEST = 1_000;
const BLANKS = /\s+/;

/** A part of a page and what is in it, or nothing at all. Markup that is not well-formed is read as far as it can be. */
export class Markup {
  private readonly element: Element | undefined;

  private constructor(
    private readonly page: Page,
    private readonly place: number,
  ) {
    this.element = page.elements[place];
  }

  /** @throws {RangeError} when its elements are nested without end */
  static of(html: string): Markup {
    return new Markup(read(html), 0);
  }

  /** The elements in it, however deep, in the order of the page. @param className one of those that they have */
  all(tag: string, className?: string): Markup[] {
    const found: Markup[] = [];
    for (let at = this.find(tag, className, this.place); at; at = this.find(tag, className, at.place)) found.push(at);
    return found;
  }

  first(tag: string, className?: string): Markup {
    return this.find(tag, className, this.place) ?? this.nothing;
  }

  /** The element right behind it. */
  get next(): Markup {
    const { behind, depth } = this.element ?? {};
    const isBeside = behind !== undefined && this.page.elements[behind]?.depth === depth;
    return isBeside ? new Markup(this.page, behind) : this.nothing;
  }

  get text(): string {
    const { textBegin = 0, textEnd = 0 } = this.element ?? {};
    const texts = this.page.texts.slice(textBegin, textEnd);
    return texts.map(decodeHTML).join('').trim();
  }

  get tag(): string | undefined {
    return this.element?.name;
  }

  attribute(name: string): string | undefined {
    const given = this.element?.attributes[name];
    return given === undefined ? undefined : decodeHTMLAttribute(given);
  }

  hasClass(name: string): boolean {
    return this.attribute('class')?.split(BLANKS).includes(name) ?? false;
  }

  private get nothing(): Markup {
    return new Markup(this.page, Infinity);
  }

  /** The next one behind a place that is still in this one. */
  private find(tag: string, className: string | undefined, place: number): Markup | undefined {
    const { elements } = this.page;
    const { behind = 0 } = this.element ?? {};
    for (let at = place + 1; at < behind; at++) {
      if (elements[at].name !== tag) continue;
      const found = new Markup(this.page, at);
      if (className === undefined || found.hasClass(className)) return found;
    }
    return undefined;
  }
}

/**
 * A flat list in place of a tree: to make the tree would cost as much again as to read the page. Of its texts few are looked at:
 * only these are decoded.
 */
function read(html: string): Page {
  const elements: Element[] = [];
  const texts: string[] = [];
  const around: Element[] = [];
  const begin = (name: string, attributes: Readonly<Record<string, string>>): void => {
    const element = { name, attributes, depth: around.length, textBegin: texts.length, textEnd: 0, behind: 0 };
    elements.push(element);
    if (around.push(element) > DEEPEST) throw new RangeError(`has elements in more than ${DEEPEST} others`);
  };
  const end = (): void => {
    const element = around.pop()!;
    element.textEnd = texts.length;
    element.behind = elements.length;
  };
  begin('', {});
  const parser = new Parser(
    {
      onopentag: begin,
      onclosetag: end,
      ontext(text) {
        texts.push(text);
      },
    },
    { decodeEntities: false },
  );
  parser.end(html);
  end();
  return { elements, texts };
}
