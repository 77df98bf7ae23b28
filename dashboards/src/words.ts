// Texts in the reader's language. The English text is the key; a language is
// one file of locales and one line here.
import pt from './locales/pt.json';

const locales: Record<string, Record<string, string> | undefined> = { en: undefined, pt };

export const languages = Object.keys(locales);

let language = 'en';
const used = new Set<string>();

export function speak(l: string): void {
  language = l;
}

/** The text in the language that is spoken now. */
export function t(text: string): string {
  used.add(text);
  return locales[language]?.[text] ?? text;
}

/** What a translation lacks, and what it holds that nothing says any more. */
export function faults(): string[] {
  return Object.entries(locales).flatMap(([name, texts]) =>
    texts === undefined
      ? []
      : [
          ...[...used].filter((s) => texts[s] === undefined).map((s) => `locales/${name}.json lacks ${JSON.stringify(s)}`),
          ...Object.keys(texts).filter((s) => !used.has(s)).map((s) => `locales/${name}.json has ${JSON.stringify(s)}, which is said nowhere`),
        ]
  );
}
