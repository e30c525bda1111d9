// The completion scripts of shells, made from the table of commands. zsh runs the script of bash.
import { type CommandSpec, type FlagSpec, spellings } from './command.ts'
import { commands, SHELLS } from './commands.ts'

type Shell = (typeof SHELLS)[number]

/** The names of the program: the second one is the plugin of kubectl. */
const PROGRAMS = ['clusterset-dns', 'kubectl-clusterset']

/** Loads what runs completion functions of bash. */
const ZSH_START = `(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
autoload -Uz bashcompinit && bashcompinit
`

/** True for the name of a shell that has a script. */
export function isShell(word: string | undefined): word is Shell {
  return SHELLS.some((shell) => shell === word)
}

/** The script that a user's shell reads. */
export function completionScript(shell: Shell): string {
  switch (shell) {
    case 'bash':
      return bash()
    case 'zsh':
      return `${ZSH_START}${bash()}`
    case 'fish':
      return fish()
  }
}

function bash(): string {
  const cases = commands.map((command) => {
    const words = [...nextWords(command.words), ...(command.choices ?? [])]
    const flags = command.flags.flatMap((flag) => spellings(flag, command.dash))
    return `      '${command.words.join(' ')}') words='${words.join(' ')}' flags='${flags.join(' ')}' ;;`
  })
  return `_clusterset_dns() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD - 1]}"
  local command='' words='${nextWords([]).join(' ')}' flags='${rootFlags().join(' ')}' i
  COMPREPLY=()
  # bash takes --flag=value apart at the sign.
  if [[ "$current" == '=' ]]; then
    current=''
  elif [[ "$previous" == '=' ]]; then
    previous="\${COMP_WORDS[COMP_CWORD - 2]}"
  fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      ${valueFlags().join(' | ')})
        i=$((i + 1))
        [[ "\${COMP_WORDS[i]}" == '=' ]] && i=$((i + 1))
        [[ -z "$command" ]] && words=''
        continue
        ;;
      -*)
        [[ -z "$command" ]] && words=''
        continue
        ;;
    esac
    case "$command \${COMP_WORDS[i]}" in
${commands.map(({ words }) => `      '${prefixOf(words)}') command='${words.join(' ')}' ;;`).join('\n')}
      *) words='' ;;
    esac
    case "$command" in
${cases.join('\n')}
    esac
  done
  case "$previous" in
    # bash itself completes paths.
    ${pathFlags().join(' | ')}) return ;;
${valueCases().join('\n')}
  esac
  compopt +o default 2> /dev/null
  if [[ "$current" == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  fi
}
complete -o default -F _clusterset_dns ${PROGRAMS.join(' ')}
`
}

/** What `"$command WORD"` is in the loop of the script when the words of a command are complete. */
function prefixOf(words: readonly string[]): string {
  return `${words.slice(0, -1).join(' ')} ${words.at(-1)}`
}

/** The words that may follow `words`. */
function nextWords(words: readonly string[]): readonly string[] {
  return commands
    .filter((one) => one.words.length === words.length + 1)
    .filter((one) => words.every((word, i) => one.words[i] === word))
    .map((one) => one.words.at(-1)!)
}

/** The flags of the default command. */
function rootFlags(): readonly string[] {
  const serve = commands[0]!
  return serve.flags.flatMap((flag) => spellings(flag, serve.dash))
}

/** The spellings of all flags for which `test` is true. */
function flagsWith(test: (flag: FlagSpec) => boolean): readonly string[] {
  const all = commands.flatMap(({ flags, dash }) =>
    flags.filter(test).flatMap((flag) => spellings(flag, dash)),
  )
  return [...new Set(all)]
}

const valueFlags = () => flagsWith(({ value }) => value !== undefined)
const pathFlags = () => flagsWith(({ isPath }) => isPath === true)

/** The lines of the script for values of flags that are fixed words, or any. */
function valueCases(): readonly string[] {
  const lines = new Set<string>()
  for (const { flags, dash } of commands) {
    for (const flag of flags) {
      if (flag.value === undefined || flag.isPath) continue
      const pattern = spellings(flag, dash).join(' | ')
      const choices = (flag.choices ?? []).join(' ')
      lines.add(
        `    ${pattern}) compopt +o default 2> /dev/null; COMPREPLY=($(compgen -W '${choices}' -- "$current")); return ;;`,
      )
    }
  }
  return [...lines]
}

function fish(): string {
  const rootFlags = fishFlags(commands[0]!, '__fish_use_subcommand')
  const each = commands.flatMap((command) => [
    ...fishWords(command),
    ...fishFlags(command, fishCondition(command.words)),
  ])
  const lines = ['-f', ...rootFlags, ...each]
  const all = PROGRAMS.flatMap((program) => lines.map((line) => `complete -c ${program} ${line}`))
  return `${all.join('\n')}\n`
}

function fishWords({ words, summary, choices = [] }: CommandSpec): readonly string[] {
  const group = words.slice(0, -1)
  const before = group.length === 0 ? '__fish_use_subcommand' : fishCondition(group)
  const word = `-f -n '${before}' -a ${words.at(-1)} -d ${quoted(summary)}`
  if (choices.length === 0) return [word]
  return [word, `-f -n '${fishCondition(words)}' -a '${choices.join(' ')}'`]
}

/** True on a command line with these words, and without a word of a command below or beside them. */
function fishCondition(words: readonly string[]): string {
  const beside = words.length === 1 ? nextWords([]).filter((word) => word !== words[0]) : []
  const others = [...nextWords(words), ...beside]
  const seen = words.map((word) => `__fish_seen_subcommand_from ${word}`)
  const unseen = others.length === 0 ? [] : [`not __fish_seen_subcommand_from ${others.join(' ')}`]
  return [...seen, ...unseen].join('; and ')
}

function fishFlags(command: CommandSpec, condition: string): readonly string[] {
  return command.flags.map((flag) => {
    const names = flag.names.map((name) => {
      if (name.length === 1) return `-s ${name}`
      return command.dash === '-' ? `-o ${name}` : `-l ${name}`
    })
    const value = flag.value === undefined ? [] : ['-r', flag.isPath ? '-F' : '-f']
    const choices = flag.choices === undefined ? [] : [`-a '${flag.choices.join(' ')}'`]
    return [`-n '${condition}'`, ...names, ...value, ...choices, `-d ${quoted(flag.help)}`].join(
      ' ',
    )
  })
}

/** A string in single quotes of fish. */
function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
}
