import { parseAllDocuments } from 'yaml'

/** The documents of a YAML file. Throws if one of them is not valid. */
export function yamlDocuments<Document extends { kind?: string }>(text: string): Document[] {
  return parseAllDocuments(text).map((document) => {
    if (document.errors[0]) throw document.errors[0]
    return document.toJS() as Document
  })
}
