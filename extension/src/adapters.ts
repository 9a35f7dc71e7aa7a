/** What is known of the sites with lectures: data (adapters.json), of the server or built in, checked before it is used. */

export interface Adapter {
  /** Its name, for logs. */
  id: string;
  /** Match patterns of the pages, as in manifests; the first adapter that matches holds. */
  match: string[];
  /** Selector of the film; none: the largest. */
  video?: string;
  /** Selector of what holds the lecture's title: its text, or the `content` of a meta element. */
  title?: string;
  course?: string;
  /** The query parameters that name the lecture; others are left out of its address. */
  keep?: string[];
  /** Selector of the lines of captions that the page itself shows. */
  captions?: string;
}

export interface Adapters {
  version: 1;
  sites: Adapter[];
}
