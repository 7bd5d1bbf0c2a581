// Asks one question about a record, and holds its answer.

import { onUnmounted, ref, type Ref } from "vue";

import { explain, type Explanation } from "./api";

export interface Asked {
  explanation: Ref<Explanation | null>;
  problem: Ref<string | null>;
  isAsking: Ref<boolean>;
  /** Resolves to the answer, if there is one. */
  ask(question: string): Promise<Explanation | null>;
}

/** Whether it is the id of a record or may be an e-mail address: the launcher takes nothing else. */
export function isQuestion(text: string): boolean {
  return /^[0-9a-f]{24}$/i.test(text) || /^[^\s@]+@[^\s@]+$/.test(text);
}

export function useExplanation(school: () => string): Asked {
  const explanation = ref<Explanation | null>(null);
  const problem = ref<string | null>(null);
  const isAsking = ref(false);
  let request = new AbortController();
  onUnmounted(() => request.abort());

  const ask = async (question: string) => {
    request.abort();
    request = new AbortController();
    const { signal } = request;
    [explanation.value, problem.value, isAsking.value] = [null, null, true];
    try {
      const answer = await explain(school(), question, signal);
      if (!signal.aborted) explanation.value = answer;
    } catch (error) {
      if (!signal.aborted) problem.value = (error as Error).message;
    }
    if (!signal.aborted) isAsking.value = false;
    return explanation.value;
  };
  return { explanation, problem, isAsking, ask };
}
