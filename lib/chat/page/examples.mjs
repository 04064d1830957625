/** The examples that the page offers. */
const INSTRUCTIONS = [
  'What is the opposite of “generous”?',
  'Write a sentence with the word “harbour”.',
  'Name the largest planet of our solar system.',
];

/** Example messages, beginnings of texts, and instructions, in each language of the page. */
export const EXAMPLES = {
  en: {
    classify: [
      'You are a winner! You have been specially selected to receive $1000 cash. Call now',
      'Hey, are we still on for dinner tonight? Let me know!',
      'URGENT! Your account is on hold. Confirm your card at http://bank.example within 12 hours',
      'Your parcel arrives today between 2 and 4 pm',
    ],
    instruct: INSTRUCTIONS,
    generate: [
      'Once upon a time, there was a little girl who',
      'The old house at the end of the street',
      'Era uma vez',
    ],
  },
  'pt-BR': {
    classify: [
      'PARABÉNS! Você ganhou um prêmio de R$ 5.000. Ligue agora e informe seu CPF',
      'Oi mãe, chego às oito, guarda um prato de sopa pra mim',
      'URGENTE: sua conta foi bloqueada. Confirme seu cartão em http://banco.example em 12 horas',
      'Sua encomenda chega hoje entre 14 e 16 horas',
    ],
    instruct: INSTRUCTIONS,
    generate: ['Era uma vez uma menina que', 'Naquela manhã, a velha casa', 'Once upon a time'],
  },
};
