import ts from 'typescript'

/** One use of an Electron API in the app's sources. */
export interface ApiUse {
  /** `App.whenReady`, `BrowserWindow.getAllWindows` … as electron.d.ts names it. */
  name: string
  owner: string
  member: string
  isStatic: boolean
  isMethod: boolean
  /** The text of the `@deprecated` tag, if there is one. */
  deprecated: string | null
  where: string
}

/**
 * Every member of Electron's classes, interfaces and modules that the files use, by the compiler's own reckoning:
 * property accesses, destructurings and the members of option objects.
 */
export function findApiUse(files: string[], options: ts.CompilerOptions): ApiUse[] {
  const program = ts.createProgram(files, { ...options, noEmit: true })
  const checker = program.getTypeChecker()
  const uses = new Map<string, ApiUse>()

  const note = (symbol: ts.Symbol | undefined, node: ts.Node): void => {
    for (const declaration of symbol?.declarations ?? []) {
      const source = declaration.getSourceFile()
      if (!/[/\\]electron[/\\]electron\.d\.ts$/.test(source.fileName)) continue
      const parent = declaration.parent
      const owner = (ts.isClassDeclaration(parent) || ts.isInterfaceDeclaration(parent)) && parent.name ? parent.name.text : null
      if (owner === null || !symbol) continue
      const isStatic = ts.canHaveModifiers(declaration) && (ts.getModifiers(declaration) ?? []).some((item) => item.kind === ts.SyntaxKind.StaticKeyword)
      const member = symbol.name
      const file = node.getSourceFile()
      const { line } = file.getLineAndCharacterOfPosition(node.getStart())
      // An overloaded method is deprecated only where this very signature is.
      const call = ts.isPropertyAccessExpression(node.parent) && node.parent.name === node && ts.isCallExpression(node.parent.parent) ? node.parent.parent : null
      const signature = call ? checker.getResolvedSignature(call) : undefined
      const tags = signature ? signature.getJsDocTags() : symbol.getJsDocTags(checker)
      const tag = tags.find((item) => item.name === 'deprecated')
      const name = `${owner}.${member}`
      const use: ApiUse = {
        name, owner, member, isStatic, isMethod: ts.isMethodSignature(declaration) || ts.isMethodDeclaration(declaration),
        deprecated: tag ? ts.displayPartsToString(tag.text) || 'deprecated' : null, where: `${file.fileName}:${line + 1}`,
      }
      if (!uses.has(name) || use.deprecated !== null) uses.set(name, use)
      break
    }
  }

  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node)) note(checker.getSymbolAtLocation(node.name), node.name)
    else if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent)) {
      const name = node.propertyName ?? node.name
      if (ts.isIdentifier(name)) note(checker.getPropertyOfType(checker.getTypeAtLocation(node.parent), name.text), name)
    } else if ((ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) && ts.isIdentifier(node.name)) {
      const type = checker.getContextualType(node.parent)
      if (type) note(checker.getPropertyOfType(type, node.name.text), node.name)
    }
    ts.forEachChild(node, visit)
  }
  const wanted = new Set(files.map((file) => ts.sys.resolvePath(file)))
  for (const source of program.getSourceFiles()) if (wanted.has(ts.sys.resolvePath(source.fileName))) visit(source)
  return [...uses.values()]
}
